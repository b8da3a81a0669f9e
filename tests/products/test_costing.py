"""The cost model against figures worked out by hand, and what holds for every recipe."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products import costing
from products.costing import MaterialNeed, Recipe, Step


def material(**changed: object) -> MaterialNeed:
    values = {
        "label": "plywood",
        "unit": "sheet",
        "quantity": Decimal(1),
        "attrition": Decimal(0),
        "setup_quantity": Decimal(0),
        "pack": Decimal(1),
        "price_minor": 700,
        "source": "",
    }
    return MaterialNeed(**{**values, **changed})  # type: ignore[arg-type]


def step(**changed: object) -> Step:
    values = {
        "label": "cut",
        "setup_minutes": Decimal(0),
        "cycle_minutes": Decimal(0),
        "attendance_minutes": Decimal(0),
        "pieces_per_cycle": 1,
        "yield_fraction": Decimal(1),
        "machine": "laser",
        "rate_minor": 0,
        "source": "",
    }
    return Step(**{**values, **changed})  # type: ignore[arg-type]


def recipe(materials: tuple[MaterialNeed, ...] = (), steps: tuple[Step, ...] = (), **changed: int) -> Recipe:
    values = {"wage_minor": 0, "overhead_yearly_minor": 0, "planned_hours": 1}
    return Recipe(currency="EUR", materials=materials, steps=steps, **{**values, **changed})


# An hour of set-up at 60.00, and 7.00 of material a piece.
FIXED_60_VARIABLE_7 = recipe((material(),), (step(setup_minutes=Decimal(60), rate_minor=6000),))


@pytest.mark.parametrize(("quantity", "unit"), [(10, 1300), (50, 820)])
def test_fixed_and_variable_parts(quantity: int, unit: int) -> None:
    assert costing.batch(FIXED_60_VARIABLE_7, quantity).unit_minor == unit


def test_a_second_sheet_makes_the_eleventh_piece_dearer() -> None:
    # Ten fit on a sheet of 60.00, and each piece takes 1.00 of something else: 7.00 at ten.
    sheets = recipe((material(quantity=Decimal("0.1"), price_minor=6000), material(price_minor=100)))
    assert costing.batch(sheets, 10).unit_minor == 700
    # Two sheets and eleven others: 131.00 for eleven
    assert costing.batch(sheets, 11).unit_minor == 1191
    assert costing.highest_unit_minor(sheets, 10, 20) == 1191


def test_the_eleventh_piece_of_the_handbook() -> None:
    # A sheet of 60.00 for ten and 10.00 once per batch: 70.00 for ten, 120.00 for eleven.
    by_sheet = recipe(
        (material(quantity=Decimal("0.1"), price_minor=6000),), (step(setup_minutes=Decimal(10), rate_minor=6000),)
    )
    assert costing.batch(by_sheet, 10).unit_minor == 700
    only_sheets = recipe((material(quantity=Decimal("0.1"), price_minor=6000),))
    assert costing.batch(only_sheets, 11).unit_minor == 1091


def test_yield_starts_more_pieces() -> None:
    sheet = costing.batch(recipe((material(),), (step(yield_fraction=Decimal("0.9")),)), 9)
    assert sheet.total_minor == 10 * 700


def test_attended_hours_carry_wage_and_overhead() -> None:
    timed = step(setup_minutes=Decimal(30), attendance_minutes=Decimal(3))
    sheet = costing.batch(recipe((), (timed,), wage_minor=2400, overhead_yearly_minor=900_000, planned_hours=1000), 10)
    assert {line.kind: line.amount_minor for line in sheet.lines} == {"labour": 2400, "overhead": 900}


def test_gross_leaves_the_net_after_the_fee() -> None:
    gross = costing.gross_minor(82_00, tax_percent=Decimal(0), fee_percent=Decimal("2.9"), fee_fixed_minor=30)
    assert gross == 84_76


amounts = st.integers(0, 10**7)
smalls = st.decimals(Decimal("0.01"), 50, places=2)
materials = st.builds(
    material,
    quantity=smalls,
    attrition=st.decimals(0, Decimal("0.5"), places=2),
    setup_quantity=st.decimals(0, 5, places=2),
    pack=smalls,
    price_minor=amounts,
)
steps = st.builds(
    step,
    setup_minutes=st.decimals(0, 120, places=1),
    cycle_minutes=st.decimals(0, 60, places=1),
    attendance_minutes=st.decimals(0, 60, places=1),
    pieces_per_cycle=st.integers(1, 20),
    yield_fraction=st.decimals(Decimal("0.5"), 1, places=2),
    rate_minor=st.integers(0, 10_000),
)
recipes = st.builds(
    lambda m, s, wage, overhead, hours: recipe(
        tuple(m), tuple(s), wage_minor=wage, overhead_yearly_minor=overhead, planned_hours=hours
    ),
    st.lists(materials, max_size=4),
    st.lists(steps, max_size=4),
    st.integers(0, 10_000),
    amounts,
    st.integers(1, 5000),
)


@given(recipes, st.integers(1, 200))
def test_pieces_pay_for_their_batch_and_more_cost_no_less(made: Recipe, quantity: int) -> None:
    sheet = costing.batch(made, quantity)
    assert sheet.unit_minor * quantity >= sheet.total_minor
    assert sheet.unit_minor * quantity < sheet.total_minor + quantity
    assert costing.batch(made, quantity + 1).total_minor >= sheet.total_minor


@given(recipes, st.integers(1, 30), st.integers(0, 30))
def test_nothing_between_is_above_the_ceiling(made: Recipe, smallest: int, more: int) -> None:
    ceiling = costing.highest_unit_minor(made, smallest, smallest + more)
    assert all(unit <= ceiling for _, unit in costing.curve(made, range(smallest, smallest + more + 1)))


@given(recipes)
def test_a_recipe_survives_being_written_down(made: Recipe) -> None:
    assert costing.from_json(costing.to_json(made)) == made


@given(amounts, st.decimals(0, 25, places=1), st.decimals(0, 10, places=2), st.integers(0, 100))
def test_gross_covers_net_tax_and_fee(net: int, tax: Decimal, rate: Decimal, fixed: int) -> None:
    gross = costing.gross_minor(net, tax_percent=tax, fee_percent=rate, fee_fixed_minor=fixed)
    assert gross - gross * rate / 100 - fixed >= costing.with_percent(net, tax)
    lower = gross - 1
    assert lower - lower * rate / 100 - fixed < costing.with_percent(net, tax)
