"""From a draft to a live campaign."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import countries, delivering
from campaigns.models import BudgetLine, Campaign, Following, ShippingRate, Tier
from funding.opening import LONGEST_WINDOW_MINUTES, check_deadline, open_fund
from members import required
from members.markdown import render
from members.models import Member
from members.moves import record
from payments.connecting import receiver_of
from payments.money import Money
from payments.writing import written


def check_draft(campaign: Campaign, *, now: datetime.datetime) -> None:
    """Whether a draft could ever be launched as it is.

    Raises ValidationError by field: `minimum_not_positive`, `goal_below_minimum`, `window_wrong`, and what
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
    if campaign.window_minutes is not None and not 1 <= campaign.window_minutes <= LONGEST_WINDOW_MINUTES:
        wrong["window_minutes"] = ValidationError(
            _("The time to mend a card is from one minute to 60 days."), code="window_wrong"
        )
    if wrong:
        raise ValidationError(wrong)


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
    """Whether it pays for something. Raises ValidationError by field: `amount_not_positive`."""
    if line.amount_minor is not None and line.amount_minor <= 0:
        raise ValidationError(
            {"amount_minor": ValidationError(_("It costs more than nothing."), code="amount_not_positive")}
        )


def save_rates(tier: Tier, rates: Sequence[ShippingRate], discarded: Sequence[ShippingRate] = ()) -> None:
    """Keep what a draft's reward costs to send. Raises ValidationError: `campaign_launched`, and what
    `delivering.check_rates` raises."""
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
        _hold_draft(tier.campaign_id)
        for rate in discarded:
            rate.delete()
        for rate in rates:
            rate.tier = tier
            rate.save()


def save_line(line: BudgetLine | Tier) -> None:
    """Keep a line of a draft's budget or one of its rewards.

    Raises ValidationError: `campaign_launched`, and what `check_budget_line` and `check_tier` raise.
    """
    if isinstance(line, Tier):
        check_tier(line)
    else:
        check_budget_line(line)
    with transaction.atomic():
        _hold_draft(line.campaign_id)
        if isinstance(line, Tier) and line.estimated_on is not None:
            line.estimated_on = line.estimated_on.replace(day=1)
        line.save()


def discard_line(line: BudgetLine | Tier) -> None:
    """Take a line out of a draft. Raises ValidationError (`campaign_launched`)."""
    with transaction.atomic():
        _hold_draft(line.campaign_id)
        if isinstance(line, Tier):
            line.rates.all().delete()
        line.delete()


def _hold_draft(campaign_id: UUID) -> Campaign | None:
    """The draft's locked row, None for a new one: a launch at the same moment waits for this transaction, or is seen
    here. Raises ValidationError (`campaign_launched`)."""
    kept = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if kept is not None and kept.fund_id is not None:
        raise ValidationError(
            _("A launched campaign stays as it is: its terms, its budget and its rewards."), code="campaign_launched"
        )
    return kept


def discard_draft(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Forget a draft with its budget, rewards and news. Raises ValidationError (`campaign_launched`)."""
    with transaction.atomic():
        held = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if held.fund_id is not None:
            raise ValidationError(_("A launched campaign stays: what was, is history."), code="campaign_launched")
        ShippingRate.objects.filter(tier__campaign=held).delete()
        for lines in (held.budget, held.tiers, held.updates):
            lines.all().delete()
        Following.objects.filter(campaign=held).delete()
        record(held, "draft", "discarded", by=by, now=now, why=held.title)
        held.delete()


def save_draft(campaign: Campaign) -> None:
    """Keep a draft, its story rendered. Raises ValidationError (`campaign_launched`): terms freeze at the launch."""
    campaign.story_html = render(campaign.story)
    campaign.full_clean(exclude=["fund", "story_html"])
    with transaction.atomic():
        _hold_draft(campaign.pk)
        campaign.save()


def missing_for_launch(campaign: Campaign, *, now: datetime.datetime) -> list[ValidationError]:
    """What still keeps a draft from being launched, in the words of the producer's checklist."""
    found = []
    tiers = list(campaign.tiers.select_related("revision").prefetch_related("rates"))
    if not campaign.story.strip():
        found.append(ValidationError(_("The story is missing."), code="story_missing"))
    if not tiers:
        found.append(ValidationError(_("There is no reward to choose."), code="tiers_missing"))
    planned = sum(line.amount_minor for line in campaign.budget.all())
    if planned != campaign.goal_minor:
        found.append(
            ValidationError(
                _("The budget adds up to %(planned)s, the goal is %(goal)s."),
                code="budget_differs",
                params={
                    "planned": written(Money(planned, campaign.currency)),
                    "goal": Money(campaign.goal_minor, campaign.currency),
                },
            )
        )
    if campaign.deadline_at <= now:
        found.append(ValidationError(_("The deadline must lie in the future."), code="deadline_passed"))
    for tier in tiers:
        if tier.revision is not None and tier.revision.released_at is None:
            found.append(
                ValidationError(
                    _("“%(tier)s” promises a version of a design that is not released."),
                    code="revision_not_released",
                    params={"tier": tier.title},
                )
            )
        found += _missing_of(tier, campaign)
    return [*found, *required.missing(campaign.facility.organisation, now=now)]


def _missing_of(tier: Tier, campaign: Campaign) -> list[ValidationError]:
    """What keeps a reward from being promised."""
    title, found = {"tier": tier.title}, []
    if tier.handing == Tier.Handing.SHIPPED and not tier.rates.all():
        found.append(
            ValidationError(
                _("“%(tier)s” is sent by post: say what that costs, and to where."), code="rates_missing", params=title
            )
        )
    # The month of the deadline is possible: somebody may hand it over in the last week of it.
    if tier.estimated_on is not None and tier.estimated_on < campaign.deadline_at.date().replace(day=1):
        found.append(
            ValidationError(
                _("“%(tier)s” is estimated for a month before the deadline."), code="estimate_too_early", params=title
            )
        )
    if tier.gives == Tier.Gives.SHARES and not settings.SHARES_COUNSEL_REFERENCE:
        found.append(
            ValidationError(
                _(
                    "“%(tier)s” offers shares, which the law of many countries regulates. Invite to apply for membership "
                    "instead, or have the installation name its counsel's reference (SHARES_COUNSEL_REFERENCE)."
                ),
                code="shares_need_counsel",
                params=title,
            )
        )
    return found


def launch(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Open the campaign's fund: from now on its terms are frozen and people can support it.

    Raises ValidationError: everything of `missing_for_launch`, `receiver_missing`, `campaign_launched`, and what
    `open_fund` refuses.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if locked.fund_id is not None:
            raise ValidationError(_("This campaign is live already."), code="campaign_launched")
        problems = missing_for_launch(locked, now=now)
        if problems:
            raise ValidationError(problems)
        organisation = locked.facility.organisation
        receiver = receiver_of(organisation)
        if receiver is None:
            raise ValidationError(
                _("%(organisation)s has no account yet that could receive money."),
                code="receiver_missing",
                params={"organisation": organisation.name},
            )
        fund = open_fund(
            receiver=receiver,
            title=locked.title,
            page_path=locked.get_absolute_url(),
            minimum=Money(locked.minimum_minor, locked.currency),
            goal=Money(locked.goal_minor, locked.currency),
            deadline_at=locked.deadline_at,
            window_minutes=locked.window_minutes,
            fee_bearer=organisation,
            fills_gap=True,
            by=by,
            now=now,
        )
        Campaign.objects.filter(pk=locked.pk).update(fund=fund)
    campaign.fund = fund
