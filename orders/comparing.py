"""What a batch was planned to cost beside what it really cost, kind by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from funding.models import Commitment
from orders import quoting
from orders.models import Cost, Order, Run
from payments.money import Money
from products import costing
from products.recipes import recipe_from_json


class Compared(NamedTuple):
    """One kind of cost."""

    kind: str
    planned: Money
    actual: Money


@dataclass(frozen=True, slots=True)
class Comparison:
    """A settled batch of `pieces` paid for.

    Of those who paid: `promised` is the most that could be charged, `charged` what was, `real` what they paid in the
    end, every fee included.
    """

    pieces: int
    rows: list[Compared]
    planned: Money
    actual: Money
    promised: Money
    charged: Money
    real: Money

    @property
    def back(self) -> Money:
        return self.charged - self.real

    @property
    def real_unit(self) -> Money:
        """A piece's share of what was paid in the end, rounded to the nearest minor unit for reading only."""
        return Money((2 * self.real.minor + self.pieces) // (2 * self.pieces), self.real.currency)


def compare(run: Run) -> Comparison | None:
    """Plan and outcome of a settled run; None before, and when nobody paid."""
    if run.state != Run.State.SETTLED:
        return None
    paid = Order.objects.filter(run=run, commitment__state=Commitment.State.PAID, actual_minor__isnull=False)
    orders = list(paid.select_related("commitment__payment"))
    if not orders:
        return None
    currency = run.fund.currency
    pieces = sum(order.units for order in orders)
    planned = _planned(run, orders, pieces)
    actual: Counter[str] = Counter()
    for cost in run.costs.all():
        actual[cost.kind] += cost.amount_minor
    kinds = [*Cost.Kind.values, *sorted(planned.keys() - set(Cost.Kind.values))]
    return Comparison(
        pieces=pieces,
        rows=[
            Compared(kind, Money(planned[kind], currency), Money(actual[kind], currency))
            for kind in kinds
            if planned[kind] or actual[kind]
        ],
        planned=Money(planned.total(), currency),
        actual=Money(actual.total(), currency),
        promised=Money(sum(order.commitment.maximum_minor for order in orders), currency),
        charged=Money(sum(o.commitment.payment.received_minor for o in orders if o.commitment.payment), currency),
        real=Money(sum(order.actual_minor or 0 for order in orders), currency),
    )


def _planned(run: Run, orders: list[Order], pieces: int) -> Counter[str]:
    """The frozen recipe at the batch that was paid for, and what each order adds to its goods but the card's fee."""
    planned: Counter[str] = Counter()
    sheet = costing.cost_sheet(recipe_from_json(run.recipe), pieces)
    added = [line for order in orders for line in quoting.price(run, order.units, run.unit_price_minor or 0).lines]
    for line in (*sheet.lines, *added):
        if line.kind != costing.FEE:
            planned[line.kind] += line.amount_minor
    return planned
