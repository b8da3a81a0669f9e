"""What a batch costs: exact, pure arithmetic on values. Amounts are integer minor units, quantities Decimals.

    N         = ceil(Q / yield)                                    pieces started for Q good ones
    materials = ceil((quantity × N × (1 + attrition) + set-up) / pack) packs, each at its price
    machine   = (set-up + ceil(N / pieces per cycle) × cycle) minutes at the machine's rate
    labour    = (set-up + cycles × attendance) minutes at the wage
    overhead  = attended hours × yearly budget ÷ planned hours
    organising, care: as agreed, a line each

Every line is rounded up to the minor unit, so a batch is never priced below what it costs; what is too much goes back
when the real costs are in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class MaterialNeed:
    """One line of the bill of materials with the price that applies. `quantity` is for one piece, in units of the pack."""

    label: str
    unit: str
    quantity: Decimal
    attrition: Decimal
    setup_quantity: Decimal
    pack: Decimal
    price_minor: int
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on the machine that does it; times in minutes, the rate per hour."""

    label: str
    setup_minutes: Decimal
    cycle_minutes: Decimal
    attendance_minutes: Decimal
    pieces_per_cycle: int
    yield_fraction: Decimal
    machine: str
    rate_minor: int
    source: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that the price of a batch depends on."""

    currency: str
    materials: tuple[MaterialNeed, ...]
    steps: tuple[Step, ...]
    wage_minor: int
    overhead_yearly_minor: int
    planned_hours: int
    organising_minutes: int = 0
    care_minor: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cost sheet: `quantity` of `unit` at `rate_minor` makes `amount_minor`."""

    kind: str
    label: str
    quantity: Decimal
    unit: str
    rate_minor: int
    amount_minor: int
    source: str


@dataclass(frozen=True, slots=True)
class CostSheet:
    """The lines of one batch of `quantity` good pieces."""

    quantity: int
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def unit_minor(self) -> int:
        """The price of one piece, rounded up so that Q pieces pay for the batch."""
        return -(-self.total_minor // self.quantity)


def batch(recipe: Recipe, quantity: int) -> CostSheet:
    """The cost sheet of a batch. Raises ValueError for a quantity below one."""
    if quantity < 1:
        raise ValueError("A batch has at least one piece.")
    started = math.ceil(
        quantity / math.prod((Fraction(step.yield_fraction) for step in recipe.steps), start=Fraction(1))
    )
    lines = [_material(need, started) for need in recipe.materials]
    attended = Fraction(0)
    for step in recipe.steps:
        cycles = -(-started // step.pieces_per_cycle)
        machine = step.setup_minutes + cycles * step.cycle_minutes
        attended += Fraction(step.setup_minutes + cycles * step.attendance_minutes)
        lines.append(_hours("machine", f"{step.label}: {step.machine}", machine, step.rate_minor, step.source))
    lines.append(_hours("labour", "", _decimal(attended), recipe.wage_minor, "wage"))
    overhead = attended / 60 * Fraction(recipe.overhead_yearly_minor, recipe.planned_hours)
    per_hour = -(-recipe.overhead_yearly_minor // recipe.planned_hours)
    lines.append(Line("overhead", "", _decimal(attended / 60), "h", per_hour, math.ceil(overhead), "budget"))
    if recipe.organising_minutes:
        lines.append(_hours("organising", "", Decimal(recipe.organising_minutes), recipe.wage_minor, "wage"))
    if recipe.care_minor:
        pot = recipe.care_minor * quantity
        lines.append(Line("care", "", Decimal(quantity), "piece", recipe.care_minor, pot, "agreed"))
    return CostSheet(quantity, tuple(line for line in lines if line.amount_minor))


def curve(recipe: Recipe, quantities: range) -> list[tuple[int, int]]:
    """(batch size, unit price in minor units) for each size."""
    return [(quantity, batch(recipe, quantity).unit_minor) for quantity in quantities]


def highest_unit_minor(recipe: Recipe, smallest: int, largest: int) -> int:
    """The highest unit price anywhere between two batch sizes; sheets, packs and set-ups make it jump."""
    return max(unit for _, unit in curve(recipe, range(smallest, largest + 1)))


def with_percent(amount_minor: int, percent: Decimal) -> int:
    """An amount with a share of it on top, rounded up to the minor unit."""
    return math.ceil(amount_minor * (1 + Fraction(percent) / 100))


def gross_minor(net_minor: int, *, tax_percent: Decimal, fee_percent: Decimal, fee_fixed_minor: int) -> int:
    """What a payer is charged so that `net_minor` and its tax remain after the processor's fee on the whole.

    gross = (net × (1 + tax) + fixed) / (1 − rate), rounded up. Raises ValueError for a rate of 100 % or more.
    """
    if not 0 <= fee_percent < 100:
        raise ValueError("The processor's rate lies between 0 and 100 percent.")
    taxed = with_percent(net_minor, tax_percent)
    return math.ceil((taxed + fee_fixed_minor) / (1 - Fraction(fee_percent) / 100))


def to_json(recipe: Recipe) -> dict[str, Any]:
    """The recipe in plain JSON values, Decimals as strings; `from_json` gives the same recipe back."""
    return {
        field.name: [_plain(part) for part in value]
        if isinstance(value := getattr(recipe, field.name), tuple)
        else value
        for field in fields(Recipe)
    }


def from_json(plain: dict[str, Any]) -> Recipe:
    """The recipe that `to_json` wrote down."""
    materials = tuple(MaterialNeed(**_parsed(MaterialNeed, part)) for part in plain["materials"])
    steps = tuple(Step(**_parsed(Step, part)) for part in plain["steps"])
    return Recipe(**{**plain, "materials": materials, "steps": steps})


def _material(need: MaterialNeed, started: int) -> Line:
    wanted = need.quantity * started * (1 + need.attrition) + need.setup_quantity
    packs = math.ceil(Fraction(wanted) / Fraction(need.pack))
    return Line(
        "material", need.label, packs * need.pack, need.unit, need.price_minor, packs * need.price_minor, need.source
    )


def _hours(kind: str, label: str, minutes: Decimal, rate_minor: int, source: str) -> Line:
    amount = math.ceil(Fraction(minutes) * rate_minor / 60)
    return Line(kind, label, minutes, "min", rate_minor, amount, source)


def _decimal(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(Decimal("0.01"))


def _plain(part: MaterialNeed | Step) -> dict[str, Any]:
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _parsed(kind: type[MaterialNeed] | type[Step], plain: dict[str, Any]) -> dict[str, Any]:
    decimals = {field.name for field in fields(kind) if field.type == "Decimal"}
    return {name: Decimal(value) if name in decimals else value for name, value in plain.items()}
