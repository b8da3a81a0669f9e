"""The budget of a draft: the lines that are easily forgotten, and who bears lost fees. And what was spent of it."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from campaigns import launching, reckoning
from campaigns.models import BudgetLine, Campaign, FeeAgreement, Spending, StretchGoal
from funding.models import Fund
from members.models import Member
from payments.money import Money
from payments.writing import written

Kind = BudgetLine.Kind
# Written by `take_over`, and written anew by it.
RECKONED = (Kind.FEES, Kind.LOSSES, Kind.TAX, Kind.REWARDS, Kind.ORGANISING)
# Money that arrived and was decided upon; before that nothing is spent.
FUNDED = (Fund.State.MET, Fund.State.SETTLED)


def card_fee() -> reckoning.CardFee:
    """What the processor keeps, as this installation is told."""
    return reckoning.CardFee(settings.CARD_FEE_PERCENT, settings.CARD_FEE_FIXED)


def proposed(campaign: Campaign, expected: reckoning.Expected) -> list[BudgetLine]:
    """The lines that producers forget, none of them saved; those that cost nothing are left out."""
    costs = reckoning.costs(Money(campaign.goal_minor, campaign.currency), expected, card_fee())
    said = {"promises": expected.promises}
    lines = (
        (Kind.ORGANISING, costs.organising, _("Organising, %(hours)s hours") % {"hours": expected.organising_hours}),
        (Kind.REWARDS, costs.rewards, _("Rewards for %(promises)d supporters, with delivery") % said),
        (Kind.FEES, costs.fees, _("Card fees for %(promises)d payments") % said),
        (Kind.LOSSES, costs.losses, _("Cards that fail, %(percent)s %%") % {"percent": expected.loss_percent}),
        (Kind.TAX, costs.tax, _("Tax in what supporters pay, %(percent)s %%") % {"percent": expected.tax_percent}),
    )
    return [
        BudgetLine(campaign=campaign, kind=kind, label=label, amount_minor=amount, position=100 + place)
        for place, (kind, amount, label) in enumerate(lines)
        if amount
    ]


def take_over(campaign: Campaign, expected: reckoning.Expected, *, now: datetime.datetime) -> None:
    """Keep the draft's minimum and goal, and write the proposed lines in place of those of the same kinds.

    Raises ValidationError: what `launching.check_draft` and `launching.save_draft` raise.
    """
    launching.check_draft(campaign, now=now)
    with transaction.atomic():
        launching.save_draft(campaign)
        campaign.budget.filter(kind__in=RECKONED).delete()
        for line in proposed(campaign, expected):
            launching.save_line(line)


def agreement_words(campaign: Campaign) -> str:
    """What somebody agrees to in the name of the workshop's organisation, before the launch."""
    fee = card_fee()
    return _(
        "If “%(title)s” ends after cards were charged and everything goes back, the processor keeps its fees of about "
        "%(percent)s %% and %(fixed)s of each payment. %(organisation)s bears them, so that every supporter gets back "
        "the whole amount. With the goal of %(goal)s that is at least %(least)s."
    ) % {
        "title": campaign.title,
        "percent": fee.percent.normalize(),
        "fixed": written(Money(int(fee.fixed_minor(campaign.currency)), campaign.currency)),
        "organisation": campaign.facility.organisation.name,
        "goal": written(Money(campaign.goal_minor, campaign.currency)),
        "least": written(Money(int(campaign.goal_minor * fee.percent / 100), campaign.currency)),
    }


def agree(campaign: Campaign, *, words: str, by: Member, now: datetime.datetime) -> None:
    """Agree in the name of the workshop's organisation that it bears lost fees; kept with the `words` that were read,
    member and time.

    Raises ValidationError: `campaign_launched`, `campaign_submitted`, `words_changed` (the goal is another by now).
    """
    with transaction.atomic():
        draft = launching.hold_draft(campaign.pk)
        if draft is None or words != agreement_words(draft):
            raise ValidationError(_("The draft has changed. Read what you agree to again."), code="words_changed")
        FeeAgreement.objects.update_or_create(
            campaign=draft,
            defaults={
                "organisation": draft.facility.organisation,
                "goal_minor": draft.goal_minor,
                "text": words,
                "agreed_at": now,
                "member": by,
            },
        )


def add_stretch_goal(goal: StretchGoal, *, now: datetime.datetime) -> None:
    """One more, after the launch, while people can still promise: those that are there stay what they are.

    Raises ValidationError: `campaign_closed`, and what `launching.check_stretch_goal` raises.
    """
    fund = goal.campaign.fund
    if fund is None or not fund.takes_commitments(now):
        raise ValidationError(_("This campaign takes no support any more."), code="campaign_closed")
    launching.check_stretch_goal(goal)
    goal.full_clean()
    goal.save(force_insert=True)


def spend(
    line: BudgetLine,
    *,
    amount: Money,
    evidence: str,
    spent_on: datetime.date,
    by: Member,
    now: datetime.datetime,
) -> Spending:
    """Write down what was paid out of a line of a campaign that succeeded; below nothing where it puts an earlier row right.

    Raises ValidationError: `campaign_not_funded`, `amount_zero`, `currency_differs`, `evidence_missing`, `day_ahead`,
    `less_than_nothing` (more would be put right than was spent).
    """
    if line.campaign.fund is None or line.campaign.fund.state not in FUNDED:
        raise ValidationError(_("Nothing is spent before the money has arrived."), code="campaign_not_funded")
    if not amount:
        raise ValidationError(_("Say how much."), code="amount_zero")
    if amount.currency != line.currency:
        raise ValidationError(_("The budget is in another currency."), code="currency_differs")
    if not evidence.strip():
        raise ValidationError(_("Name the invoice or receipt: everybody may ask for it."), code="evidence_missing")
    if spent_on > now.date() + datetime.timedelta(days=1):
        raise ValidationError(_("That day has not come."), code="day_ahead")
    with transaction.atomic():
        # Two who put the same row right come one after the other.
        held = BudgetLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        before = held.spendings.aggregate(total=Sum("amount_minor"))["total"] or 0
        if before + amount.minor < 0:
            raise ValidationError(_("That is more than was spent on it."), code="less_than_nothing")
        return Spending.objects.create(
            budget_line=held,
            amount_minor=amount.minor,
            evidence=evidence,
            spent_on=spent_on,
            recorded_at=now,
            by=by,
        )
