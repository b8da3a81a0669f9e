"""What a batch was planned to take, line by line, for the bench: to be confirmed or corrected there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from funding.models import Commitment
from orders.models import Cost, Order, Run
from products import costing
from products.costing import CostLine
from products.recipes import Recipe, recipe_from_json

LONGEST_LABEL = 160
# Kinds of which a batch has one line: whatever is written down of the kind belongs to it.
_ONE_LINE = (Cost.Kind.OVERHEAD, Cost.Kind.ORGANISING, Cost.Kind.CARE, Cost.Kind.PACKING)


class Rate(NamedTuple):
    """So many minor units for so many minutes."""

    minor: int
    per_minutes: Decimal


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of the frozen recipe at the batch that is paid for; amounts in minor units."""

    kind: str
    label: str
    quantity: Decimal
    unit: str
    amount_minor: int
    rate: Rate | None
    written_minor: int | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.label}"

    @property
    def minutes(self) -> Decimal | None:
        return self.quantity if self.rate else None

    @property
    def has_name(self) -> bool:
        """Whether its label says more than its kind."""
        return self.kind not in _ONE_LINE

    @property
    def is_work(self) -> bool:
        """Whether it is owed to a person."""
        return self.kind in Cost.WORK


def batch_size(run: Run) -> int:
    """The pieces that are paid for; before any is, those ordered, at least the smallest batch."""
    paid = Order.objects.filter(run=run, commitment__state=Commitment.State.PAID).aggregate(total=Sum("units"))["total"]
    return int(paid or max(run.minimum_units, run.taken_units))


def planned(run: Run) -> list[Planned]:
    """Every planned line with what is written down for it already."""
    recipe = recipe_from_json(run.recipe)
    lines: dict[tuple[str, str], Planned] = {}
    written = _written(run)
    for line in (*costing.cost_sheet(recipe, batch_size(run)).lines, *_packing(run)):
        label = line.label[:LONGEST_LABEL] or str(Cost.Kind(line.kind).label)
        # Two steps of one name at one machine are one line at the bench: nobody could tell them apart.
        before = lines.get((line.kind, label))
        quantity = line.quantity + (before.quantity if before else 0)
        rate = Rate(line.rate_minor, line.rate_per) if line.unit == "min" else None
        lines[line.kind, label] = Planned(
            kind=line.kind,
            label=label,
            quantity=quantity,
            unit=line.unit,
            amount_minor=_worth(quantity, rate) if rate else line.amount_minor + (before.amount_minor if before else 0),
            rate=rate,
            written_minor=written.get((line.kind, "" if line.kind in _ONE_LINE else label)),
        )
    return list(lines.values())


def worked_out_minor(run: Run, *, kind: str, label: str, minutes: Decimal | None) -> int | None:
    """What these minutes come to at the rate that was frozen with the batch; None where there is no rate for them."""
    if minutes is None:
        return None
    rate = _rate(recipe_from_json(run.recipe), kind, label)
    return None if rate is None else _worth(minutes, rate)


def _rate(recipe: Recipe, kind: str, label: str) -> Rate | None:
    """Work has the wage, attendance its share of the budget, a machine the rate of its planned line."""
    if kind in Cost.WORK:
        return Rate(recipe.wage_minor, Decimal(60))
    for line in costing.cost_sheet(recipe, 1).lines:
        if line.kind == kind and line.unit == "min" and (kind in _ONE_LINE or line.label[:LONGEST_LABEL] == label):
            return Rate(line.rate_minor, line.rate_per)
    return None


def _worth(minutes: Decimal, rate: Rate) -> int:
    """Rounded up like every cost; fewer minutes take away what as many have added."""
    whole, rest = divmod(abs(minutes) * rate.minor, rate.per_minutes)
    worth = int(whole) + bool(rest)
    return worth if minutes >= 0 else -worth


def _written(run: Run) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for kind, label, amount in run.costs.values_list("kind", "label", "amount_minor"):
        sums[kind, "" if kind in _ONE_LINE else label] += amount
    return dict(sums)


def _packing(run: Run) -> list[CostLine]:
    orders = Order.objects.filter(run=run, commitment__state=Commitment.State.PAID).count()
    if not orders or not run.packing_minor:
        return []
    amount = orders * run.packing_minor
    return [CostLine(Cost.Kind.PACKING, "", Decimal(orders), "order", run.packing_minor, Decimal(1), amount)]
