"""What still keeps a draft from its launch."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.models import BudgetLine, Campaign, FeeAgreement, Tier
from facilities.models import Machine
from members import required
from payments.connecting import receiver_of
from payments.money import Money
from payments.writing import written


def missing_for_launch(campaign: Campaign, *, now: datetime.datetime) -> list[ValidationError]:
    """What still keeps a draft from being launched, in the words of the producer's checklist."""
    tiers = list(campaign.tiers.select_related("revision").prefetch_related("rates"))
    found = []
    if not campaign.story.strip():
        found.append(ValidationError(_("The story is missing."), code="story_missing"))
    if not tiers:
        found.append(ValidationError(_("There is no reward to choose."), code="tiers_missing"))
    if campaign.deadline_at <= now:
        found.append(ValidationError(_("The deadline must lie in the future."), code="deadline_passed"))
    found += _missing_of_budget(campaign)
    found += _missing_of_organiser(campaign)
    for tier in tiers:
        found += _missing_of(tier, campaign)
    return [*found, *required.missing(campaign.facility.organisation, now=now)]


def _missing_of_budget(campaign: Campaign) -> Iterator[ValidationError]:
    """The lines add up to the goal, what is needed to begin lies within the minimum, and each machine is planned."""

    def money(minor: int) -> str:
        return written(Money(minor, campaign.currency))

    budget = list(campaign.budget.select_related("machine"))
    planned = sum(line.amount_minor for line in budget)
    if planned != campaign.goal_minor:
        yield ValidationError(
            _("The budget adds up to %(planned)s, the goal is %(goal)s."),
            code="budget_differs",
            params={"planned": money(planned), "goal": money(campaign.goal_minor)},
        )
    needed = sum(line.amount_minor for line in budget if line.is_required)
    if needed > campaign.minimum_minor:
        yield ValidationError(
            _("What is needed to begin costs %(required)s, more than the minimum of %(minimum)s."),
            code="required_above_minimum",
            params={"required": money(needed), "minimum": money(campaign.minimum_minor)},
        )
    yield from _missing_machines(budget)
    for goal in campaign.stretch_goals.filter(amount_minor__lte=campaign.goal_minor):
        yield ValidationError(
            _("“%(title)s” lies within the goal."), code="stretch_within_goal", params={"title": goal.title}
        )


def _missing_of_organiser(campaign: Campaign) -> Iterator[ValidationError]:
    """Somebody agreed that the organisation bears lost fees, and it has an account that receives money."""
    organisation = campaign.facility.organisation
    named = {"organisation": organisation.name}
    agreed = FeeAgreement.objects.filter(campaign=campaign, organisation=organisation, goal_minor=campaign.goal_minor)
    if not agreed.exists():
        yield ValidationError(
            _("Nobody has agreed yet that %(organisation)s bears the fees that are lost if everything goes back."),
            code="fees_not_agreed",
            params=named,
        )
    if receiver_of(organisation) is None:
        yield ValidationError(
            _("%(organisation)s has no account yet that could receive money."), code="receiver_missing", params=named
        )


def _missing_of(tier: Tier, campaign: Campaign) -> list[ValidationError]:
    """What keeps a reward from being promised."""
    title, found = {"tier": tier.title}, []
    if tier.revision is not None and tier.revision.released_at is None:
        found.append(
            ValidationError(
                _("“%(tier)s” promises a version of a design that is not released."),
                code="revision_not_released",
                params=title,
            )
        )
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


def _missing_machines(budget: list[BudgetLine]) -> Iterator[ValidationError]:
    """Each machine line buys a machine that the workshop plans."""
    for line in budget:
        said = {"label": line.label}
        if line.kind == BudgetLine.Kind.MACHINE and line.machine is None:
            yield ValidationError(
                _("Say which planned machine “%(label)s” buys."), code="machine_not_named", params=said
            )
        elif line.machine is not None and line.machine.state != Machine.State.PLANNED:
            yield ValidationError(
                _("“%(label)s” buys a machine that the workshop has already."), code="machine_not_planned", params=said
            )


def refuse_missing(campaign: Campaign, *, now: datetime.datetime) -> None:
    """Raises ValidationError: everything of `missing_for_launch`."""
    problems = missing_for_launch(campaign, now=now)
    if problems:
        # One alone keeps its code.
        raise problems[0] if len(problems) == 1 else ValidationError(problems)
