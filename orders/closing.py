"""The close of a run: today's price for everybody, and what must arrive; then the go-ahead, or the end."""

from __future__ import annotations

import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from funding import calling, closing, locks
from funding.closing import Fixed
from funding.models import Commitment, Fund
from members.models import Member
from members.moves import move
from orders import quoting
from orders.models import Order, Run
from payments import card_limits
from payments.alarming import raise_alarm
from payments.money import Money
from products.recipes import recipe_from_json

State = Commitment.State
_OVER = (Fund.State.MISSED, Fund.State.CANCELLED, Fund.State.REFUNDING, Fund.State.REFUNDED)


def to_fix(*, now: datetime.datetime) -> list[UUID]:
    """Runs whose fund waits for its amounts."""
    return list(Run.objects.filter(fund__in=closing.drained(now=now)).values_list("pk", flat=True))


class Planned(NamedTuple):
    """What a close would fix: the price of a piece in minor units, what must arrive, and what each is charged."""

    unit_minor: int
    required: Money
    amounts: dict[UUID, Fixed]


def plan(run: Run) -> Planned:
    """The price of the batch as ordered by now, and how much must arrive to pay for it."""
    recipe = recipe_from_json(run.recipe)
    secured = list(Order.objects.filter(run=run, commitment__state=State.SECURED).values_list("commitment_id", "units"))
    fixed = quoting.fixed_price(run, recipe, sum(units for _, units in secured))
    unit = min(fixed.unit_minor, run.ceiling_minor)
    # Below this no card is charged at all; what is too much comes back with the final bill.
    least = card_limits.least(run.fund.currency).minor
    amounts = {
        commitment_id: Fixed(max(least, quoting.price(run, units, unit).gross_minor), units * unit)
        for commitment_id, units in secured
    }
    return Planned(unit, run.fund.money(max(run.fund.minimum_minor, unit * fixed.required_units)), amounts)


def fix(run_id: UUID, *, now: datetime.datetime) -> Fund:
    """Fix the price of the batch as ordered, charge everybody that, and say how much must arrive to pay for it."""
    run = Run.objects.select_related("fund").get(pk=run_id)
    planned = plan(run)
    with transaction.atomic():
        fund = closing.fix(run.fund_id, required=planned.required, amounts=planned.amounts, now=now)
        # Together with the amounts, so that the price that is shown is the one that is charged.
        if fund.required_minor is not None:
            Run.objects.filter(pk=run.pk, unit_price_minor=None).update(unit_price_minor=planned.unit_minor)
    return fund


def to_release() -> list[UUID]:
    """Runs that take orders no more because enough has arrived."""
    funded = (Fund.State.MET, Fund.State.SETTLED)
    return list(Run.objects.filter(state=Run.State.OPEN, fund__state__in=funded).values_list("pk", flat=True))


def release(run_id: UUID, *, now: datetime.datetime) -> bool:
    """The go-ahead, on money that has arrived and is still there. True when this call gave it."""
    with transaction.atomic():
        run = Run.objects.select_related("fund").get(pk=run_id)
        locks.hold_alone(run.fund_id)
        run.fund.refresh_from_db()
        if run.state != Run.State.OPEN or run.fund.state != Fund.State.MET:
            return False
        if calling.collected_minor(run.fund) < (run.fund.required_minor or run.fund.minimum_minor):
            raise_alarm(f"release:{run.pk}", f"Not released, money went back after the decision: {run}", now=now)
            return False
        return move(run, Run.State.RELEASED, by=None, now=now, why="enough has arrived", released_at=now)


def to_end() -> list[UUID]:
    return list(Run.objects.filter(state=Run.State.OPEN, fund__state__in=_OVER).values_list("pk", flat=True))


def end(run_id: UUID, *, now: datetime.datetime) -> bool:
    """It did not come about: nobody was charged, or everything goes back. True when this call ended it."""
    run = Run.objects.select_related("fund").get(pk=run_id)
    if run.state != Run.State.OPEN or run.fund.state not in _OVER:
        return False
    return move(run, Run.State.ENDED, by=None, now=now, why=run.fund.outcome)


def cancel(run: Run, *, by: Member, now: datetime.datetime, why: str) -> None:
    """Call a run off: everybody is released, or gets everything back. Raises as `funding.closing.cancel` does."""
    closing.cancel(run.fund_id, by=by, now=now, why=why)
