"""Campaigns in the admin: written as drafts, launched, followed, cancelled."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from campaigns import closing, launching
from campaigns.admin.reward import TierForm
from campaigns.following import followers_of
from campaigns.models import BudgetLine, Campaign, Tier
from campaigns.tasks import sweep
from funding import closing as fund_closing
from funding.foreseeing import what_cancelling_does, what_closing_does
from funding.models import Fund
from members.administering import ScopedAdmin, Verb
from members.clock import database_now
from members.models import Member
from members.templatetags.moments import moment
from payments.administering import AmountsInline, WithAmounts
from payments.forms import AmountsForm
from payments.money import Money
from products.models import Revision

logger = logging.getLogger(__name__)

RUNNING = (Fund.State.OPEN, Fund.State.CLOSING, Fund.State.COLLECTING)


def _launch(campaign: Campaign, by: Member, why: str) -> None:
    launching.launch(campaign, by=by, now=database_now())


def _what_launching_does(campaign: Campaign) -> str:
    return _text(
        "Everybody can see and support it. The goal of %(goal)s, the minimum of %(minimum)s, the deadline %(deadline)s "
        "and the rewards are frozen from then on. This cannot be undone."
    ) % {
        "goal": Money(campaign.goal_minor, campaign.currency),
        "minimum": Money(campaign.minimum_minor, campaign.currency),
        "deadline": moment(campaign.deadline_at),
    }


def _close(campaign: Campaign, by: Member, why: str) -> None:
    if campaign.fund_id is None or not fund_closing.close_due(campaign.fund_id, now=database_now()):
        raise ValidationError(
            _text("Its deadline has not come: supporters were promised that they can leave until then."),
            code="deadline_ahead",
        )
    try:
        sweep.apply_async(retry=False)
    except OperationalError:
        # The next sweep finds it in a minute.
        logger.warning("The broker is away; %s waits for the next sweep", campaign)


def _cancel(campaign: Campaign, by: Member, why: str) -> None:
    closing.cancel(campaign, by=by, now=database_now(), why=why)


def _discard(campaign: Campaign, by: Member, why: str) -> None:
    launching.discard_draft(campaign, by=by, now=database_now())


def _what_discarding_does(campaign: Campaign) -> str:
    return _text(
        "The draft is deleted with all that belongs to it: lines of its budget %(lines)d, rewards %(rewards)d, "
        "news %(news)d. It was never public. This cannot be undone."
    ) % {
        "lines": campaign.budget.count(),
        "rewards": campaign.tiers.count(),
        "news": campaign.updates.count(),
    }


class DraftForm(AmountsForm):
    def check(self, row: Campaign) -> None:
        launching.check_draft(row, now=database_now())


class BudgetLineForm(AmountsForm):
    check = staticmethod(launching.check_budget_line)


class _PlannedInline(AmountsInline):
    """Frozen at the launch."""

    def is_open(self, row: Any) -> bool:
        return row is None or row.fund_id is None


class BudgetInline(_PlannedInline):
    model = BudgetLine
    form = BudgetLineForm


class TierInline(_PlannedInline):
    model = Tier
    form = TierForm
    # The rest on a page of its own.
    fields = ("title", "text", "amount_minor", "cap", "gives", "revision", "units", "hours", "position")
    show_change_link = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is not released is its authors' own."""
        if db_field.name == "revision":
            kwargs["queryset"] = Revision.objects.released().select_related("design")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Campaign)
class CampaignAdmin(WithAmounts, ScopedAdmin):
    organisation_path = "facility__organisation"
    form = DraftForm
    list_display = ("title", "facility", "stands", "deadline_at")
    list_select_related = ("facility", "fund")
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}  # noqa: RUF012
    exclude = ("story_html", "fund")
    readonly_fields = ("followers",)
    inlines = (BudgetInline, TierInline)
    verbs = {  # noqa: RUF012
        "launch": Verb(
            _("Launch"),
            _what_launching_does,
            _launch,
            offered=lambda row: row.fund is None,
        ),
        "discard": Verb(
            _("Delete the draft"),
            _what_discarding_does,
            _discard,
            ends_row=True,
            offered=lambda row: row.fund is None,
        ),
        "close": Verb(
            _("Close now"),
            lambda row: what_closing_does(row.fund),
            _close,
            offered=lambda row: (
                row.fund is not None and row.fund.state == Fund.State.OPEN and row.fund.deadline_at <= database_now()
            ),
        ),
        "cancel": Verb(
            _("Cancel the campaign"),
            lambda row: what_cancelling_does(row.fund),
            _cancel,
            needs_reason=True,
            offered=lambda row: row.fund is not None and row.fund.state in RUNNING,
        ),
    }

    @admin.display(description=_("stands at"))
    def stands(self, row: Campaign) -> str:
        return _text("draft") if row.fund is None else row.fund.get_state_display()

    @admin.display(description=_("followers"))
    def followers(self, row: Campaign) -> int:
        """How many want its news or a reminder; nobody but its producers is told."""
        return followers_of(row)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.prepopulated_fields if obj is None else {}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.fund_id is None)

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        launching.save_draft(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for line in formset.save(commit=False):
            launching.save_line(line)
        for line in formset.deleted_objects:
            launching.discard_line(line)
