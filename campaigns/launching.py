"""From a draft to a live campaign."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from campaigns import checklist, countries, delivering, picturing, telling
from campaigns.in_writing import check_terms
from campaigns.models import (
    BudgetLine,
    Campaign,
    Faq,
    FeeAgreement,
    Following,
    OtherMoney,
    ShippingRate,
    StretchGoal,
    Tier,
    Update,
)
from funding.opening import LONGEST_WINDOW_MINUTES, check_deadline, open_fund
from members.markdown import render
from members.models import Member
from members.moves import move_or_refuse, record
from payments.connecting import receiver_of
from payments.money import Money

Line = BudgetLine | OtherMoney | StretchGoal | Tier
# What a draft's form writes.
_WRITTEN = (
    *("facility", "title", "slug", "summary", "story", "story_html"),
    *("video_url", "team", "team_html", "risks", "risks_html"),
    *("currency", "minimum_minor", "goal_minor", "deadline_at", "window_minutes", "launch_at"),
)


def check_draft(campaign: Campaign, *, now: datetime.datetime) -> None:
    """Whether a draft could ever be launched as it is.

    Raises ValidationError by field: `minimum_not_positive`, `goal_below_minimum`, `window_wrong`, `video_wrong`, and what
    `funding.opening.check_deadline` raises.
    """
    wrong = {}
    minimum, goal = campaign.minimum_minor, campaign.goal_minor
    if minimum is not None and minimum <= 0:
        wrong["minimum_minor"] = ValidationError(
            _("The minimum must be more than nothing."), code="minimum_not_positive"
        )
    if minimum is not None and goal is not None and goal < minimum:
        wrong["goal_minor"] = ValidationError(_("The goal cannot be below the minimum."), code="goal_below_minimum")
    if campaign.deadline_at is not None:
        try:
            check_deadline(campaign.deadline_at, now=now)
        except ValidationError as refusal:
            wrong["deadline_at"] = refusal
    if campaign.video_url and not campaign.video_url.startswith("https://"):
        wrong["video_url"] = ValidationError(_("The film's address begins with https://."), code="video_wrong")
    if campaign.launch_at is not None and campaign.deadline_at is not None:
        try:
            check_launch_at(campaign, campaign.launch_at, now=now)
        except ValidationError as refusal:
            wrong["launch_at"] = refusal
    if campaign.window_minutes is not None and not 1 <= campaign.window_minutes <= LONGEST_WINDOW_MINUTES:
        wrong["window_minutes"] = ValidationError(
            _("The time to mend a card is from one minute to 60 days."), code="window_wrong"
        )
    if wrong:
        raise ValidationError(wrong)


def check_launch_at(campaign: Campaign, at: datetime.datetime, *, now: datetime.datetime) -> None:
    """Whether it can launch by itself then. Raises ValidationError (`launch_at_wrong`)."""
    if not now < at < campaign.deadline_at:
        raise ValidationError(
            _("It launches by itself in the future, and before its deadline."), code="launch_at_wrong"
        )


def check_tier(tier: Tier) -> None:
    """Whether a reward can be chosen. Raises ValidationError by field: `amount_not_positive`, `cap_wrong`,
    `units_without_design`, `units_missing`, `design_missing`, `gives_something_else`, `hours_wrong`."""
    wrong = {}
    if tier.amount_minor is not None and tier.amount_minor <= 0:
        wrong["amount_minor"] = ValidationError(_("A reward costs more than nothing."), code="amount_not_positive")
    if tier.cap is not None and tier.cap < 1:
        wrong["cap"] = ValidationError(_("There is at least one of it. Leave it empty for no limit."), code="cap_wrong")
    if tier.units is not None and tier.revision_id is None and tier.units:
        wrong["units"] = ValidationError(_("Say of which design these pieces are."), code="units_without_design")
    if tier.revision_id is not None and not tier.units:
        wrong["units"] = ValidationError(_("Say how many pieces of the design it is."), code="units_missing")
    if tier.gives == Tier.Gives.PRODUCT and tier.revision_id is None:
        wrong["revision"] = ValidationError(_("Say of which design it gives pieces."), code="design_missing")
    if tier.gives != Tier.Gives.PRODUCT and tier.revision_id is not None:
        wrong["gives"] = ValidationError(_("With a design, it gives pieces of it."), code="gives_something_else")
    if tier.hours is not None and (tier.gives == Tier.Gives.MACHINE_HOURS) != (tier.hours > 0):
        wrong["hours"] = ValidationError(
            _("Say how many hours, where it gives hours at a machine, and only there."), code="hours_wrong"
        )
    if wrong:
        raise ValidationError(wrong)


def check_budget_line(line: BudgetLine) -> None:
    """Whether it pays for something, and a machine of this workshop. Raises ValidationError by field:
    `amount_not_positive`, `machine_of_another_kind`, `machine_elsewhere`."""
    wrong = {}
    if line.amount_minor is not None and line.amount_minor <= 0:
        wrong["amount_minor"] = ValidationError(_("It costs more than nothing."), code="amount_not_positive")
    if line.machine is not None and line.kind != BudgetLine.Kind.MACHINE:
        wrong["machine"] = ValidationError(_("Only a line of a machine names one."), code="machine_of_another_kind")
    elif line.machine is not None and line.machine.facility_id != line.campaign.facility_id:
        wrong["machine"] = ValidationError(_("This machine is another workshop's."), code="machine_elsewhere")
    if wrong:
        raise ValidationError(wrong)


def check_stretch_goal(goal: StretchGoal) -> None:
    """Whether it lies beyond the goal. Raises ValidationError by field: `stretch_within_goal`."""
    if goal.amount_minor is not None and goal.amount_minor <= (goal.campaign.goal_minor or 0):
        raise ValidationError(
            {"amount_minor": ValidationError(_("It lies above the goal."), code="stretch_within_goal")}
        )


_CHECKS: dict[type[Model], Callable[[Any], None]] = {
    BudgetLine: check_budget_line,
    OtherMoney: check_terms,
    StretchGoal: check_stretch_goal,
    Tier: check_tier,
}


def save_rates(tier: Tier, rates: Sequence[ShippingRate], discarded: Sequence[ShippingRate] = ()) -> None:
    """Keep what a draft's reward costs to send. Raises ValidationError: `campaign_launched`,
    `campaign_submitted`, and what `delivering.check_rates` raises."""
    kept = list(tier.rates.exclude(pk__in=[rate.pk for rate in (*rates, *discarded)]))
    # “DE” and “EU” beside each other is how people say it.
    apart = {
        code
        for rate in (*kept, *rates)
        if "EU" not in countries.typed(rate.countries)
        for code in countries.typed(rate.countries)
    }
    for rate in rates:
        rate.countries = countries.spread(rate.countries, apart=apart)
    delivering.check_rates([*kept, *rates])
    with transaction.atomic():
        hold_draft(tier.campaign_id)
        for rate in discarded:
            rate.delete()
        for rate in rates:
            rate.tier = tier
            rate.save()


def save_line(line: Line) -> None:
    """Keep a line of a draft's budget, one of its rewards or stretch goals, or what else than cards it takes.

    Raises ValidationError: `campaign_launched`, `campaign_submitted`, and what `check_budget_line`, `check_tier`,
    `check_stretch_goal` and `in_writing.check_terms` raise.
    """
    _CHECKS[type(line)](line)
    with transaction.atomic():
        hold_draft(line.campaign_id)
        if isinstance(line, Tier) and line.estimated_on is not None:
            line.estimated_on = line.estimated_on.replace(day=1)
        line.save()


def discard_line(line: Line) -> None:
    """Take a line out of a draft. Raises ValidationError (`campaign_launched`, `campaign_submitted`)."""
    with transaction.atomic():
        hold_draft(line.campaign_id)
        if isinstance(line, Tier):
            line.rates.all().delete()
        line.delete()


def hold_draft(campaign_id: UUID) -> Campaign | None:
    """The draft's locked row, None for a new one: who sends it to review or launches it at the same moment waits for
    this transaction, or is seen here. Raises ValidationError (`campaign_launched`, `campaign_submitted`)."""
    kept = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if kept is not None and kept.fund_id is not None:
        raise ValidationError(
            _("A launched campaign stays as it is: its terms, its budget and its rewards."), code="campaign_launched"
        )
    if kept is not None and kept.stage != Campaign.Stage.DRAFT:
        raise ValidationError(
            _("It was sent to review as it is. Take it back to change it."), code="campaign_submitted"
        )
    return kept


def discard_draft(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Forget a draft with its budget, rewards and news. Raises ValidationError (`campaign_launched`,
    `campaign_submitted`)."""
    with transaction.atomic():
        held = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if held.fund_id is not None:
            raise ValidationError(_("A launched campaign stays: what was, is history."), code="campaign_launched")
        if held.stage != Campaign.Stage.DRAFT:
            raise ValidationError(
                _("It is under review. Take it back before you delete it."), code="campaign_submitted"
            )
        ShippingRate.objects.filter(tier__campaign=held).delete()
        for lines in (BudgetLine, StretchGoal, FeeAgreement, Tier, OtherMoney, Update, Faq, Following):
            lines._default_manager.filter(campaign=held).delete()
        for picture in held.pictures.all():
            picturing.forget(picture)
        record(held, "draft", "discarded", by=by, now=now, why=held.title)
        held.delete()


def save_draft(campaign: Campaign) -> None:
    """Keep a draft, its texts rendered. Raises ValidationError: `campaign_launched` (terms freeze at the launch),
    `campaign_submitted`."""
    for text in ("story", "team", "risks"):
        setattr(campaign, f"{text}_html", render(getattr(campaign, text)))
    campaign.full_clean(exclude=["fund", "story_html"])
    with transaction.atomic():
        kept = hold_draft(campaign.pk)
        if kept is None:
            campaign.save()
        else:
            # How far it is on its way is nobody's to write but the verbs' that lead it.
            campaign.save(update_fields=_WRITTEN)


def launch(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Open the fund of an approved campaign: from now on its terms are frozen and people can support it.

    Raises ValidationError: everything of `checklist.missing_for_launch`, `campaign_launched`, `campaign_not_approved`, and what
    `open_fund` refuses.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if locked.fund_id is not None:
            raise ValidationError(_("This campaign is live already."), code="campaign_launched")
        if locked.stage != Campaign.Stage.APPROVED:
            raise ValidationError(_("It must be approved before it can be launched."), code="campaign_not_approved")
        checklist.refuse_missing(locked, now=now)
        organisation = locked.facility.organisation
        receiver = receiver_of(organisation)
        assert receiver is not None  # noqa: S101  (else it was missing)
        fund = open_fund(
            receiver=receiver,
            title=locked.title,
            page_path=locked.get_absolute_url(),
            minimum=Money(locked.minimum_minor, locked.currency),
            goal=Money(locked.goal_minor, locked.currency),
            deadline_at=locked.deadline_at,
            window_minutes=locked.window_minutes,
            fee_bearer=locked.agreement.organisation,
            fills_gap=True,
            by=by,
            now=now,
        )
        move_or_refuse(locked, Campaign.Stage.LAUNCHED, by=by, now=now, fund=fund)
    campaign.fund, campaign.stage = fund, locked.stage


def to_launch(*, now: datetime.datetime) -> list[UUID]:
    """Approved campaigns whose moment has come."""
    due = Campaign.objects.filter(stage=Campaign.Stage.APPROVED, launch_at__lte=now, launch_refused_at=None)
    return list(due.values_list("pk", flat=True))


def launch_due(campaign_id: UUID, *, now: datetime.datetime) -> bool:
    """Launch one whose moment has come, in the name of who sent it to review; True when this call did.

    What is missing by then is told by mail, once; it stays approved, to be launched by hand or at another time.
    """
    campaign = Campaign.objects.select_related("facility__organisation", "submitted_by").get(pk=campaign_id)
    planned_at, by = campaign.launch_at, campaign.submitted_by
    if by is None or planned_at is None or planned_at > now:
        return False
    try:
        with transaction.atomic():
            locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
            if locked.launch_at != planned_at:
                return False
            launch(campaign, by=by, now=now)
            telling.launched(campaign)
            return True
    except ValidationError as refusal:
        with transaction.atomic():
            waiting = Campaign.objects.filter(
                pk=campaign_id, stage=Campaign.Stage.APPROVED, launch_at=planned_at, launch_refused_at=None
            )
            if waiting.update(launch_refused_at=now):
                telling.launch_refused(campaign, refusal)
        return False
