"""Runs and orders in the admin; what a run took is written down at the bench, on the website."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from funding.admin import WithPromise
from funding.foreseeing import what_cancelling_does
from funding.models import Fund
from funding.opening import WEEK_MINUTES, check_deadline
from members import zones
from members.administering import EVERYBODY, ReadOnlyAdmin, ScopedAdmin, Verb, told
from members.clock import database_now
from members.models import Member
from members.requests import member_of
from members.templatetags.moments import moment
from orders import closing, opening
from orders.models import Cost, Order, Run
from payments.administering import WINDOW_HELP, LinesToRead, WithAmounts, span
from payments.forms import AmountsForm
from payments.money import Money
from payments.writing import written
from products.models import Revision

NUMBER = re.compile("[0-9a-f]{8}")


class OpenRunForm(AmountsForm):
    """What a producer says to open a run; refused until they have agreed to what it would freeze."""

    revision = forms.ModelChoiceField(
        Revision.objects.released().select_related("design"), label=_("Design"), widget=UnfoldAdminSelectWidget
    )
    deadline_at = forms.SplitDateTimeField(
        label=_("Deadline"), widget=UnfoldAdminSplitDateTimeWidget, help_text=zones.TYPED_IN
    )
    window_minutes = forms.IntegerField(
        label=_("Time to mend a card, in minutes"),
        initial=WEEK_MINUTES,
        min_value=1,
        max_value=60 * 24 * 60,
        help_text=WINDOW_HELP,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    fee_percent = forms.DecimalField(
        label=_("Card fee, in percent"),
        initial=lambda: settings.CARD_FEE_PERCENT,
        min_value=0,
        max_value=20,
        max_digits=5,
        decimal_places=3,
        help_text=_(
            "What the card processor keeps of a payment. It is a line of the price, so too little of it is missing."
        ),
        widget=UnfoldAdminDecimalFieldWidget,
    )
    agreed = forms.BooleanField(required=False, widget=forms.HiddenInput)
    # Who opens it: the admin makes a class for each of them.
    by: Member
    # What it would freeze, once everything that was typed is sound.
    plan: opening.Plan | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["fee_fixed_minor"] = str(settings.CARD_FEE_FIXED)

    def clean_deadline_at(self) -> datetime.datetime:
        """A batch that nobody could order from, or that never closes, is no batch."""
        deadline_at: datetime.datetime = self.cleaned_data["deadline_at"]
        check_deadline(deadline_at, now=database_now())
        return deadline_at

    def clean_fee_percent(self) -> Decimal:
        percent: Decimal = self.cleaned_data["fee_percent"]
        self.instance.fee_fraction = percent / 100
        return percent

    def check(self, row: Run) -> None:
        opening.check_terms(row.minimum_units, row.maximum_units, _terms_of(row))

    def _post_clean(self) -> None:
        """What every field alone allows may still have no price; and nobody opens what they have not been shown."""
        super()._post_clean()
        if self.errors:
            return
        run = self.instance
        try:
            self.plan = opening.plan_run(
                revision=run.revision,
                facility=run.facility,
                minimum_units=run.minimum_units,
                maximum_units=run.maximum_units,
                terms=_terms_of(run),
                by=self.by,
                now=database_now(),
            )
        except forms.ValidationError as refusal:
            self.add_error(None, told(refusal))
        else:
            if not self.cleaned_data["agreed"]:
                self.add_error(None, forms.ValidationError(_("The batch is not open yet."), code="not_agreed"))

    class Meta:
        model = Run
        fields = (
            *("revision", "facility", "minimum_units", "maximum_units", "drop_margin_percent"),
            *("packing_minor", "tax_percent", "fee_fixed_minor"),
        )
        help_texts: ClassVar = {
            "minimum_units": _("If fewer pieces are ordered, nothing is made and nobody is charged."),
            "maximum_units": _("The ceiling holds for every batch from the smallest to this one."),
            "drop_margin_percent": _(
                "Of a hundred pieces so many may stay unpaid without leaving the batch short. It comes back if not needed."
            ),
        }


def _terms_of(run: Run) -> opening.Terms:
    names = ("drop_margin_percent", "packing_minor", "tax_percent", "fee_fraction", "fee_fixed_minor")
    return opening.Terms(**{name: getattr(run, name) for name in names})


def _card_fee(run: Run, currency: str) -> str:
    return f"{(run.fee_fraction * 100).normalize():f} % + {written(Money(run.fee_fixed_minor, currency))}"


def _what_opening_freezes(run: Run, plan: opening.Plan, given: dict[str, Any]) -> list[tuple[Any, Any]]:
    currency = plan.ceiling.currency
    return [
        (_("Design"), run.revision),
        (_("Workshop"), run.facility),
        (_("Pieces"), _text("%(least)d to %(most)d") % {"least": run.minimum_units, "most": run.maximum_units}),
        (_("Orders until"), moment(given["deadline_at"])),
        (_("Time to mend a card"), span(given["window_minutes"])),
        (_("A piece in the smallest batch"), written(plan.smallest)),
        (_("A piece never more than"), written(plan.ceiling)),
        (_("Must be promised and arrive"), written(plan.minimum)),
        (_("Packing, per order"), written(Money(run.packing_minor, currency))),
        (_("Tax"), f"{run.tax_percent.normalize():f} %"),
        (_("Card fee"), _card_fee(run, currency)),
        (_("Margin for cards that fail"), f"{run.drop_margin_percent.normalize():f} %"),
    ]


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
    fields = (
        *("revision", "facility", "state", "closes", "minimum_units", "maximum_units", "taken_units"),
        *("ceiling_minor", "unit_price_minor", "drop_margin_percent", "packing_minor", "tax_percent", "card_fee"),
        *("opened_at", "released_at", "settled_at", "fund"),
    )
    readonly_fields = ("closes", "card_fee")
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

    @admin.display(description=_("card fee"))
    def card_fee(self, row: Run) -> str:
        return _card_fee(row, row.currency)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (CostInline,) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A run is frozen when it opens."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj:
            return super().get_form(request, obj, change, **kwargs)
        form = super().get_form(request, obj, change, **{**kwargs, "form": OpenRunForm})
        return type("OpenRunFormOfMember", (form,), {"by": member_of(request)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return super().get_fieldsets(request, obj)
        return [
            (None, {"fields": ["revision", "facility"]}),
            (
                _("How many, until when"),
                {"fields": [("minimum_units", "maximum_units"), "deadline_at", "window_minutes"]},
            ),
            (
                _("What the price adds to the goods"),
                {"fields": ["drop_margin_percent", "packing_minor", "tax_percent", ("fee_percent", "fee_fixed_minor")]},
            ),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Opening asks first, with everything that it freezes; “back” gives the form again as it was filled in."""
        if object_id is None and request.method == "POST" and self.has_add_permission(request):
            form = self.get_form(request)(request.POST)
            if not form.is_valid() and form.plan is not None and "back" not in request.POST:
                return self._ask(request, form)
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **only_save})

    def _ask(self, request: HttpRequest, form: OpenRunForm) -> HttpResponse:
        assert form.plan is not None  # noqa: S101  (its only caller looked)
        left_out = ("csrfmiddlewaretoken", "agreed")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Open this batch for orders?"),
            "verb": {"label": _("Open the batch")},
            "row": form.instance.revision,
            "question": _(
                "Everybody can order from it at once. All of this, with today’s prices and rates, is frozen: it cannot be "
                "changed afterwards, only the whole batch can be cancelled."
            ),
            "facts": _what_opening_freezes(form.instance, form.plan, form.cleaned_data),
            "typed": [(name, value) for name, value in request.POST.items() if name not in left_out],
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/open_batch.html", context)

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
    # Its page on the site is its consumer's own.
    view_on_site = False
    organisation_path = "run__facility__organisation"
    viewing_roles = EVERYBODY
    list_display = (
        *("number", "created_at", "run", "member", "units"),
        *("state", "most", "to_charge", "arrived", "gone_back"),
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
