"""What it takes to make a product at a workshop, as values: the input of `products.costing`.

A recipe holds everything that a price follows from and names where each figure comes from, so that a quote can freeze
it and anybody can calculate it again. Amounts are whole minor units of one currency, everything else is a Decimal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# The most that may be added to a price for what cannot be foreseen.
CONTINGENCY_CAP_PERCENT = Decimal(10)
JSON_VERSION = 1


def _amount(name: str, value: object, *, least: int = 0) -> None:
    if type(value) is not int:
        raise TypeError(f"{name} counts whole minor units; {value!r} is {type(value).__name__}.")
    if value < least:
        raise ValueError(f"{name} is {value}, but never below {least}.")


def _number(name: str, value: object, *, least: str = "0", most: str | None = None, above: str | None = None) -> None:
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} is a Decimal; {value!r} is {type(value).__name__}.")
    if not value.is_finite() or value < Decimal(least):
        raise ValueError(f"{name} is {value}, but never below {least}.")
    if above is not None and value <= Decimal(above):
        raise ValueError(f"{name} is {value}, but must be above {above}.")
    if most is not None and value > Decimal(most):
        raise ValueError(f"{name} is {value}, but never above {most}.")


@dataclass(frozen=True, slots=True)
class MaterialItem:
    """A material: so much in every piece that is begun, bought in whole packs. Quantities are in `unit`."""

    label: str
    unit: str
    quantity: Decimal  # in each piece begun
    attrition: Decimal  # the fraction lost on the way: 0.05 for five in a hundred
    setup_quantity: Decimal  # spent once per batch, on trying out
    pack_quantity: Decimal
    pack_price_minor: int
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _number(f"quantity of {self.label}", self.quantity, above="0")
        _number(f"attrition of {self.label}", self.attrition, most="10")
        _number(f"set-up allowance of {self.label}", self.setup_quantity)
        _number(f"pack of {self.label}", self.pack_quantity, above="0")
        _amount(f"pack price of {self.label}", self.pack_price_minor)


@dataclass(frozen=True, slots=True)
class RatePart:
    """One named component of a machine's hourly rate."""

    kind: str
    amount_minor: int  # per hour
    source: str = ""

    def __post_init__(self) -> None:
        _amount(f"hourly {self.kind}", self.amount_minor)


@dataclass(frozen=True, slots=True)
class OperationItem:
    """A step of the routing. `machine` is empty, and the rate too, when it is done by hand."""

    label: str
    process: str
    machine: str
    setup_minutes: Decimal  # machine and person, once per batch
    cycle_minutes: Decimal  # machine, per cycle
    attendance_minutes: Decimal  # person, per cycle
    pieces_per_cycle: int
    yield_fraction: Decimal  # the part of the pieces that come out good
    rate: tuple[RatePart, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _number(f"set-up of {self.label}", self.setup_minutes)
        _number(f"cycle of {self.label}", self.cycle_minutes)
        _number(f"attendance of {self.label}", self.attendance_minutes)
        _number(f"yield of {self.label}", self.yield_fraction, above="0", most="1")
        _amount(f"pieces per cycle of {self.label}", self.pieces_per_cycle, least=1)
        if self.rate and not self.machine:
            raise ValueError(f"{self.label} has a machine rate but no machine.")

    @property
    def rate_minor(self) -> int:
        """The machine's rate per hour."""
        return sum(part.amount_minor for part in self.rate)


@dataclass(frozen=True, slots=True)
class FilePin:
    """A file of the revision, pinned by its content."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that the cost of a batch follows from. Raises TypeError for floats, ValueError for what cannot be."""

    product: str
    workshop: str
    currency: str
    priced_on: str  # ISO date: the price and rate rows are those of this day
    materials: tuple[MaterialItem, ...]
    operations: tuple[OperationItem, ...]
    wage_minor: int  # per hour
    overhead_budget_minor: int  # per year: rent, insurance, bookkeeping
    overhead_planned_hours: Decimal  # attended hours per year
    organising_minutes: Decimal  # the producer's, per batch
    care_percent: Decimal = Decimal(0)  # of materials, machine and labour: for faults found later
    contingency_percent: Decimal = Decimal(0)  # of the unit price; what it is not needed for goes back
    revision_source: str = ""
    workshop_source: str = ""
    files: tuple[FilePin, ...] = ()

    def __post_init__(self) -> None:
        _amount("wage", self.wage_minor)
        _amount("overhead budget", self.overhead_budget_minor)
        _number("planned hours", self.overhead_planned_hours, above="0")
        _number("organising minutes", self.organising_minutes)
        _number("care", self.care_percent, most="100")
        _number("contingency", self.contingency_percent, most=str(CONTINGENCY_CAP_PERCENT))


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON values: Decimals as strings, so that reading it back gives the very same recipe."""
    return {"version": JSON_VERSION, **_plain(dataclasses.asdict(recipe))}


def recipe_from_json(data: Mapping[str, Any]) -> Recipe:
    """The recipe that `recipe_to_json` wrote. Raises ValueError or TypeError when it wrote something else."""
    fields = dict(data)
    version = fields.pop("version", None)
    if version != JSON_VERSION:
        raise ValueError(f"A recipe of version {version!r} cannot be read, only of version {JSON_VERSION}.")
    return Recipe(
        **_decimals(fields, "overhead_planned_hours", "organising_minutes", "care_percent", "contingency_percent")
        | {
            "materials": tuple(_material(item) for item in fields["materials"]),
            "operations": tuple(_operation(item) for item in fields["operations"]),
            "files": tuple(FilePin(**item) for item in fields["files"]),
        }
    )


def _material(item: Mapping[str, Any]) -> MaterialItem:
    values = _decimals(item, "quantity", "attrition", "setup_quantity", "pack_quantity")
    return MaterialItem(**values | {"sources": tuple(item["sources"])})


def _operation(item: Mapping[str, Any]) -> OperationItem:
    values = _decimals(item, "setup_minutes", "cycle_minutes", "attendance_minutes", "yield_fraction")
    rate = tuple(RatePart(**part) for part in item["rate"])
    return OperationItem(**values | {"rate": rate, "sources": tuple(item["sources"])})


def _decimals(item: Mapping[str, Any], *names: str) -> dict[str, Any]:
    wrong = [name for name in names if not isinstance(item[name], str)]
    if wrong:
        raise TypeError(f"{', '.join(wrong)}: numbers of a recipe are written as strings.")
    return {**item, **{name: Decimal(item[name]) for name in names}}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return value
