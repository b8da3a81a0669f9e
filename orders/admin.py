"""Runs and orders in the admin; what a run took is written down at the bench, on the website."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from funding.admin import WithPromise
from funding.foreseeing import what_cancelling_does
from funding.models import Fund
from funding.opening import WEEK_MINUTES, check_deadline
from members.administering import EVERYBODY, ReadOnlyAdmin, ScopedAdmin, Verb
from members.clock import database_now
from members.models import Member
from members.requests import member_of
from orders import closing, opening
from orders.models import Cost, Order, Run
from payments.administering import WINDOW_HELP, LinesToRead, WithAmounts
from payments.forms import AmountsForm
from payments.money import Money
from products.models import Revision

NUMBER = re.compile("[0-9a-f]{8}")


class OpenRunForm(AmountsForm):
    """What a producer says to open a run."""

    revision = forms.ModelChoiceField(Revision.objects.released().select_related("design"), label=_("design"))
    deadline_at = forms.SplitDateTimeField(label=_("deadline"), widget=UnfoldAdminSplitDateTimeWidget)
    window_minutes = forms.IntegerField(
        label=_("time to mend a card, in minutes"),
        initial=WEEK_MINUTES,
        min_value=1,
        max_value=60 * 24 * 60,
        help_text=WINDOW_HELP,
    )

    def clean_deadline_at(self) -> datetime.datetime:
        """A batch that nobody could order from, or that never closes, is no batch."""
        deadline_at: datetime.datetime = self.cleaned_data["deadline_at"]
        check_deadline(deadline_at, now=database_now())
        return deadline_at

    def check(self, row: Run) -> None:
        opening.check_terms(row.minimum_units, row.maximum_units, _terms_of(row))

    class Meta:
        model = Run
        fields = (
            *("revision", "facility", "minimum_units", "maximum_units", "drop_margin_percent"),
            *("packing_minor", "tax_percent", "fee_fraction", "fee_fixed_minor"),
        )


def _terms_of(run: Run) -> opening.Terms:
    names = ("drop_margin_percent", "packing_minor", "tax_percent", "fee_fraction", "fee_fixed_minor")
    return opening.Terms(**{name: getattr(run, name) for name in names})


def _cancel(run: Run, by: Member, why: str) -> None:
    closing.cancel(run, by=by, now=database_now(), why=why)


class CostInline(LinesToRead):
    model = Cost
    exclude = ("recorded_by",)


@admin.register(Run)
class RunAdmin(WithAmounts, ScopedAdmin):
    organisation_path = "facility__organisation"
    list_display = ("revision", "facility", "state", "taken_units", "minimum_units", "maximum_units", "closes")
    list_filter = ("state",)
    list_select_related = ("revision__design", "facility", "fund")
    exclude = ("recipe",)
    verbs = {  # noqa: RUF012
        "cancel": Verb(
            _("Cancel the batch"),
            lambda row: what_cancelling_does(row.fund),
            _cancel,
            needs_reason=True,
            offered=lambda row: row.fund.state in (Fund.State.OPEN, Fund.State.CLOSING, Fund.State.COLLECTING),
        ),
    }

    @admin.display(description=_("deadline"))
    def closes(self, row: Run) -> datetime.datetime:
        return row.fund.deadline_at

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (CostInline,) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A run is frozen when it opens."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": OpenRunForm}), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": list(OpenRunForm.base_fields)})]

    def save_model(self, request: HttpRequest, obj: Run, form: Any, change: bool) -> None:
        made = opening.open_run(
            revision=obj.revision,
            facility=obj.facility,
            minimum_units=obj.minimum_units,
            maximum_units=obj.maximum_units,
            deadline_at=form.cleaned_data["deadline_at"],
            window_minutes=form.cleaned_data["window_minutes"],
            terms=_terms_of(obj),
            by=member_of(request),
            now=database_now(),
        )
        obj.__dict__.update(made.__dict__)


@admin.register(Order)
class OrderAdmin(WithPromise, ReadOnlyAdmin):
    organisation_path = "run__facility__organisation"
    viewing_roles = EVERYBODY
    list_display = (
        *("number", "created_at", "run", "member", "units"),
        *("most", "to_charge", "arrived", "gone_back", "state"),
    )
    list_filter = ("commitment__state",)
    list_select_related = ("run__revision__design", "member", "commitment__payment")
    search_fields = ("member__email", "member__display_name")
    search_help_text = _("The number of an order, or who ordered")
    fields = (
        *("number", "created_at", "run", "member", "units", "state"),
        *("offered", "most", "to_charge", "arrived", "gone_back", "actual", "commitment"),
    )

    @admin.display(description=_("number"), ordering="id")
    def number(self, row: Order) -> str:
        return row.number

    @admin.display(description=_("offered"))
    def offered(self, row: Order) -> Any:
        return row.quote.offered

    @admin.display(description=_("what it really cost"))
    def actual(self, row: Order) -> Any:
        return "–" if row.actual_minor is None else Money(row.actual_minor, row.quote.currency)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """By the number that people say, too."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        digits = search_term.strip().replace("-", "").lower()
        if NUMBER.fullmatch(digits):
            found |= queryset.filter(pk__endswith=digits)
        return found, duplicates
