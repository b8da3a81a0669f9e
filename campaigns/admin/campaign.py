"""Campaigns in the admin: written as drafts, launched, followed, cancelled."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from campaigns import access, checklist, closing, in_writing, launching, reviewing
from campaigns.admin.reward import TierForm
from campaigns.following import followers_of
from campaigns.models import BudgetLine, Campaign, OtherMoney, StretchGoal, Tier
from campaigns.tasks import sweep
from facilities.models import Machine
from funding import closing as fund_closing
from funding.foreseeing import what_cancelling_does, what_closing_does
from funding.models import Fund
from members import approving
from members.administering import PRODUCING, ScopedAdmin, Verb, organisations_of
from members.clock import database_now
from members.models import Approval, Member
from members.templatetags.moments import moment
from payments.administering import AmountsInline, WithAmounts
from payments.forms import AmountsForm
from payments.money import Money
from products.models import Revision

logger = logging.getLogger(__name__)

Stage = Campaign.Stage
RUNNING = (Fund.State.OPEN, Fund.State.CLOSING, Fund.State.CALLING, Fund.State.COLLECTING)


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
    closing.request_cancel(campaign, by=by, now=database_now(), why=why)


def _what_asking_to_cancel_does(campaign: Campaign) -> str:
    words = what_cancelling_does(campaign.fund) if campaign.fund is not None else ""
    if closing.needs_second_person(campaign):
        words += " " + _text(
            "A second person has to agree before it happens: an owner, a producer, or an administrator."
        )
    return words


def _asked_to_cancel(campaign: Campaign) -> bool:
    return approving.waiting(Approval.What.CANCEL_CAMPAIGN, campaign.pk, now=database_now()) is not None


def _what_agreeing_does(campaign: Campaign) -> str:
    asked = closing.waiting_cancel(campaign, now=database_now())
    words = _text("%(name)s asks for it: “%(why)s”") % {"name": asked.asked_by.public_name, "why": asked.why}
    return f"{words} {what_cancelling_does(campaign.fund) if campaign.fund is not None else ''}"


def _agree(campaign: Campaign, by: Member, why: str) -> None:
    closing.approve_cancel(campaign, by=by, now=database_now())


def _disagree(campaign: Campaign, by: Member, why: str) -> None:
    closing.decline_cancel(campaign, by=by, now=database_now(), why=why)


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


class StretchGoalForm(AmountsForm):
    check = staticmethod(launching.check_stretch_goal)


class _PlannedInline(AmountsInline):
    """Frozen from the review on."""

    def is_open(self, row: Any) -> bool:
        return row is None or row.stage == Stage.DRAFT


class BudgetInline(_PlannedInline):
    model = BudgetLine
    form = BudgetLineForm

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is bought is planned."""
        if db_field.name == "machine":
            ids = list(organisations_of(request, PRODUCING).values_list("pk", flat=True))
            kwargs["queryset"] = Machine.objects.filter(facility__organisation__in=ids, state=Machine.State.PLANNED)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class StretchGoalInline(_PlannedInline):
    model = StretchGoal
    form = StretchGoalForm


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


class OtherMoneyForm(AmountsForm):
    check = staticmethod(in_writing.check_terms)


class OtherMoneyInline(_PlannedInline):
    model = OtherMoney
    form = OtherMoneyForm
    max_num = 1


@admin.register(Campaign)
class CampaignAdmin(WithAmounts, ScopedAdmin):
    organisation_path = "facility__organisation"
    form = DraftForm
    list_display = ("title", "facility", "stands", "closes")
    list_select_related = ("facility", "fund")
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}  # noqa: RUF012
    exclude = ("story_html", "team_html", "risks_html", "fund")
    readonly_fields = ("followers",)
    change_form_before_template = "admin/campaign.html"
    inlines = (BudgetInline, StretchGoalInline, TierInline, OtherMoneyInline)
    verbs = {  # noqa: RUF012
        "submit": Verb(
            _("Send to review"),
            _("Somebody else reads it and approves it, or says what should change. Nobody writes on it meanwhile."),
            lambda row, by, why: reviewing.submit(row, by=by, now=database_now()),
            offered=lambda row: row.stage == Stage.DRAFT,
        ),
        "approve": Verb(
            _("Approve"),
            _("Its producers can launch it as it is, and are told so by mail."),
            lambda row, by, why: reviewing.approve(row, by=by, now=database_now()),
            may=access.may_review,
            offered=lambda row: row.stage == Stage.IN_REVIEW,
        ),
        "ask": Verb(
            _("Ask for changes"),
            _("It becomes a draft again, and its producers are told by mail what should change."),
            lambda row, by, why: reviewing.ask_for_changes(row, by=by, now=database_now(), why=why),
            needs_reason=True,
            may=access.may_review,
            offered=lambda row: row.stage == Stage.IN_REVIEW,
        ),
        "launch": Verb(
            _("Launch"),
            _what_launching_does,
            _launch,
            offered=lambda row: row.stage == Stage.APPROVED,
        ),
        "back": Verb(
            _("Take it back"),
            _("It becomes a draft again, to be changed. It must be reviewed anew before its launch."),
            lambda row, by, why: reviewing.take_back(row, by=by, now=database_now()),
            offered=lambda row: row.stage in (Stage.IN_REVIEW, Stage.APPROVED),
        ),
        "discard": Verb(
            _("Delete the draft"),
            _what_discarding_does,
            _discard,
            ends_row=True,
            offered=lambda row: row.stage == Stage.DRAFT,
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
            _what_asking_to_cancel_does,
            _cancel,
            needs_reason=True,
            offered=lambda row: row.fund is not None and row.fund.state in RUNNING and not _asked_to_cancel(row),
        ),
        "agree-cancel": Verb(_("Agree to cancel it"), _what_agreeing_does, _agree, offered=_asked_to_cancel),
        "keep-going": Verb(
            _("Do not cancel it"),
            _("It goes on as if nobody had asked."),
            _disagree,
            needs_reason=True,
            offered=_asked_to_cancel,
        ),
    }

    @admin.display(description=_("deadline"), ordering="deadline_at")
    def closes(self, row: Campaign) -> Any:
        """What was planned, or what its fund says since."""
        return row.deadline_at if row.fund is None else row.fund.deadline_at

    @admin.display(description=_("stands at"))
    def stands(self, row: Campaign) -> str:
        return row.get_stage_display() if row.fund is None else row.fund.get_state_display()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "video_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("followers"))
    def followers(self, row: Campaign) -> int:
        """How many want its news or a reminder; nobody but its producers is told."""
        return followers_of(row)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.prepopulated_fields if obj is None else {}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.stage == Stage.DRAFT)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form, below what a draft still lacks and what its review asked for."""
        row = self.get_object(request, object_id) if object_id else None
        told = {}
        if row is not None and row.fund_id is None:
            missing = checklist.missing_for_launch(row, now=database_now())
            told = {
                "draft": row,
                "missing": [message for problem in missing for message in problem.messages],
                "wanted": reviewing.wanted_changes(row),
            }
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **told})

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        launching.save_draft(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for line in formset.save(commit=False):
            launching.save_line(line)
        for line in formset.deleted_objects:
            launching.discard_line(line)
