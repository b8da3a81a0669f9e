"""What a batch costs, exactly: whole minor units and Decimals in, whole minor units out.

The one rounding rule: what is paid for is rounded **up** to the next minor unit, line by line and once more in the
price per piece, so that a price always covers its cost. What this collects too much goes back when the batch is
settled. Tax alone is rounded half up, as tax offices do.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, localcontext
from typing import NamedTuple

from products.recipes import MaterialItem, OperationItem, Recipe

# Nothing in here may be rounded unseen: a calculation that needs more digits fails instead.
_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, DivisionByZero])
_HOUR = Decimal(60)
_HUNDRED = Decimal(100)

MATERIAL, MACHINE, LABOUR, OVERHEAD, ORGANISING, CARE = (
    "material",
    "machine",
    "labour",
    "overhead",
    "organising",
    "care",
)
PACKING, DELIVERY, TAX, FEE = "packing", "delivery", "tax", "fee"


class CostLine(NamedTuple):
    """`quantity` × `rate_minor` ÷ `rate_per`, rounded up, is `amount_minor`; quantity and `rate_per` are in `unit`."""

    kind: str
    label: str
    quantity: Decimal
    unit: str
    rate_minor: int
    rate_per: Decimal
    amount_minor: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CostSheet:
    """The cost of one batch, line by line. `begun` pieces are begun so that `quantity` good ones come out."""

    currency: str
    quantity: int
    begun: int
    lines: tuple[CostLine, ...]

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def unit_minor(self) -> int:
        """The price of one piece: total ÷ quantity, rounded up."""
        return -(-self.total_minor // self.quantity)

    def of_kind(self, kind: str) -> int:
        """What the lines of one kind sum to, in minor units."""
        return sum(line.amount_minor for line in self.lines if line.kind == kind)


class Point(NamedTuple):
    """One batch size on the price curve. Where a piece costs more than in the batch one smaller, `because` is the line
    that grew most."""

    quantity: int
    total_minor: int
    unit_minor: int
    because: CostLine | None


def begun_pieces(recipe: Recipe, quantity: int) -> list[int]:
    """How many pieces go into each operation, so that `quantity` good ones come out of the last.

    Counted backwards: ceil(what the next one needs ÷ yield). Raises ValueError for a quantity below 1.
    """
    if quantity < 1:
        raise ValueError(f"A batch has at least one piece, not {quantity}.")
    needed = quantity
    begun = []
    with localcontext(_EXACT):
        for operation in reversed(recipe.operations):
            needed = _ceil(Decimal(needed), operation.yield_fraction)
            begun.append(needed)
    return begun[::-1]


def cost_sheet(recipe: Recipe, quantity: int) -> CostSheet:
    """What a batch of `quantity` good pieces costs. Raises ValueError for a quantity below 1.

    materials   round_up(quantity × begun × (1 + attrition) + set-up allowance, pack) × price
    machine     (set-up + ceil(begun ÷ per cycle) × cycle) × rate
    labour      (set-up + ceil(begun ÷ per cycle) × attendance) × wage
    overhead    attended time × yearly budget ÷ planned hours
    organising  the producer's time × wage
    care        a percentage of materials, machine and labour
    """
    begun = begun_pieces(recipe, quantity)
    first = begun[0] if begun else quantity
    with localcontext(_EXACT):
        lines = [_material_line(item, first) for item in recipe.materials]
        attended = Decimal(0)
        for operation, pieces in zip(recipe.operations, begun, strict=True):
            cycles = -(-pieces // operation.pieces_per_cycle)
            if operation.machine:
                lines.append(_machine_line(operation, cycles))
            minutes = operation.setup_minutes + cycles * operation.attendance_minutes
            if minutes:
                attended += minutes
                lines.append(_timed(LABOUR, operation.label, minutes, recipe.wage_minor, (recipe.workshop_source,)))
        making = sum(line.amount_minor for line in lines)
        lines += _shared_lines(recipe, attended, making)
    return CostSheet(currency=recipe.currency, quantity=quantity, begun=first, lines=tuple(lines))


def total_minor(recipe: Recipe, quantity: int) -> int:
    """What a batch of `quantity` good pieces costs, in minor units."""
    return cost_sheet(recipe, quantity).total_minor


def unit_minor(recipe: Recipe, quantity: int) -> int:
    """What one piece costs in a batch of `quantity`: total ÷ quantity, rounded up to the minor unit."""
    return cost_sheet(recipe, quantity).unit_minor


def curve(recipe: Recipe, smallest: int, largest: int) -> list[Point]:
    """The price of one piece in every batch from `smallest` to `largest`; it steps up where a pack is opened.

    Raises ValueError for a range that is empty or begins below 1.
    """
    if not 1 <= smallest <= largest:
        raise ValueError(f"A curve runs from at least 1 upwards, not from {smallest} to {largest}.")
    points: list[Point] = []
    before: CostSheet | None = None
    for quantity in range(smallest, largest + 1):
        sheet = cost_sheet(recipe, quantity)
        because = _grown_most(before, sheet) if before and sheet.unit_minor > before.unit_minor else None
        points.append(Point(quantity, sheet.total_minor, sheet.unit_minor, because))
        before = sheet
    return points


def contingency_minor(unit: int, percent: Decimal) -> int:
    """What is added to a unit price for what cannot be foreseen, rounded up."""
    with localcontext(_EXACT):
        return _ceil(unit * percent, _HUNDRED)


def with_contingency(recipe: Recipe, unit: int) -> int:
    """A unit price with the recipe's contingency on top."""
    return unit + contingency_minor(unit, recipe.contingency_percent)


def ceiling(recipe: Recipe, smallest: int, largest: int) -> int:
    """The most that one piece can cost, whatever batch between `smallest` and `largest` comes together.

    The highest unit price anywhere between, since the curve has steps, and the contingency on top.
    """
    return with_contingency(recipe, max(point.unit_minor for point in curve(recipe, smallest, largest)))


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What one order adds to its goods. The processor takes `fee_fraction` of the gross and a fixed part."""

    packing_minor: int = 0
    delivery_minor: int = 0
    tax_percent: Decimal = Decimal(0)
    fee_fraction: Decimal = Decimal(0)
    fee_fixed_minor: int = 0


@dataclass(frozen=True, slots=True)
class OrderPrice:
    """What one order pays: its goods at cost, then the lines, which sum with them to the gross."""

    goods_minor: int
    lines: tuple[CostLine, ...]

    @property
    def gross_minor(self) -> int:
        return self.goods_minor + sum(line.amount_minor for line in self.lines)


def order_price(goods_minor: int, terms: OrderTerms) -> OrderPrice:
    """Goods, packing, delivery, tax on these, then the processor's fee on the gross; lines of nothing are left out."""
    per_order = [
        CostLine(kind, "", Decimal(1), "order", minor, Decimal(1), minor)
        for kind, minor in ((PACKING, terms.packing_minor), (DELIVERY, terms.delivery_minor))
        if minor
    ]
    taxable = goods_minor + sum(line.amount_minor for line in per_order)
    tax = tax_minor(taxable, terms.tax_percent)
    if tax:
        per_order.append(CostLine(TAX, "", terms.tax_percent, "%", taxable, _HUNDRED, tax))
    net = taxable + tax
    gross = gross_up(net, terms.fee_fraction, terms.fee_fixed_minor)
    if gross > net:
        per_order.append(CostLine(FEE, "", Decimal(1), "order", gross - net, Decimal(1), gross - net))
    return OrderPrice(goods_minor=goods_minor, lines=tuple(per_order))


def tax_minor(taxable_minor: int, percent: Decimal) -> int:
    """Tax on an amount, rounded half up to the minor unit."""
    with localcontext(_EXACT):
        return int((taxable_minor * percent / _HUNDRED).to_integral_value(ROUND_HALF_UP))


def gross_up(net_minor: int, fraction: Decimal, fixed_minor: int) -> int:
    """The smallest gross from which a processor that takes `fraction` of it plus a fixed part leaves `net_minor`.

    gross = (net + fixed) ÷ (1 − fraction), rounded up. Raises ValueError for a fraction outside 0 ≤ fraction < 1.
    """
    if not 0 <= fraction < 1:
        raise ValueError(f"A processor takes a fraction from 0 to below 1, not {fraction}.")
    if not net_minor:
        return 0
    with localcontext(_EXACT):
        return _ceil(Decimal(net_minor + fixed_minor), 1 - fraction)


def _material_line(item: MaterialItem, begun: int) -> CostLine:
    needed = item.quantity * begun * (1 + item.attrition) + item.setup_quantity
    packs = _ceil(needed, item.pack_quantity)
    return CostLine(
        MATERIAL,
        item.label,
        packs * item.pack_quantity,
        item.unit,
        item.pack_price_minor,
        item.pack_quantity,
        packs * item.pack_price_minor,
        item.sources,
    )


def _machine_line(operation: OperationItem, cycles: int) -> CostLine:
    minutes = operation.setup_minutes + cycles * operation.cycle_minutes
    label = f"{operation.label}, {operation.machine}"
    return _timed(MACHINE, label, minutes, operation.rate_minor, operation.sources)


def _shared_lines(recipe: Recipe, attended: Decimal, making_minor: int) -> list[CostLine]:
    source = (recipe.workshop_source,)
    lines = []
    if attended and recipe.overhead_budget_minor:
        planned = recipe.overhead_planned_hours * _HOUR
        lines.append(_line(OVERHEAD, "", attended, "min", recipe.overhead_budget_minor, planned, source))
    if recipe.organising_minutes:
        lines.append(_timed(ORGANISING, "", recipe.organising_minutes, recipe.wage_minor, source))
    if recipe.care_percent:
        lines.append(_line(CARE, "", recipe.care_percent, "%", making_minor, _HUNDRED, source))
    return lines


def _timed(kind: str, label: str, minutes: Decimal, rate_minor: int, sources: tuple[str, ...]) -> CostLine:
    return _line(kind, label, minutes, "min", rate_minor, _HOUR, sources)


def _line(
    kind: str, label: str, quantity: Decimal, unit: str, rate_minor: int, per: Decimal, sources: tuple[str, ...]
) -> CostLine:
    return CostLine(kind, label, quantity, unit, rate_minor, per, _ceil(quantity * rate_minor, per), sources)


def _grown_most(before: CostSheet, after: CostSheet) -> CostLine | None:
    # A batch one larger has the same lines in the same order.
    growth = [new.amount_minor - old.amount_minor for old, new in zip(before.lines, after.lines, strict=True)]
    return after.lines[growth.index(max(growth))] if growth else None


def _ceil(numerator: Decimal, denominator: Decimal) -> int:
    whole, rest = divmod(numerator, denominator)
    return int(whole) + bool(rest)
