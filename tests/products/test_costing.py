"""The cost model against values worked out by hand, and against what must hold for every recipe."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products import costing
from products.costing import OrderTerms
from products.recipes import (
    FilePin,
    MaterialItem,
    OperationItem,
    RatePart,
    Recipe,
    recipe_from_json,
    recipe_to_json,
)

D = Decimal


def material(label: str = "stuff", **fields: Any) -> MaterialItem:
    values: dict[str, Any] = {
        "unit": "piece",
        "quantity": D(1),
        "attrition": D(0),
        "setup_quantity": D(0),
        "pack_quantity": D(1),
        "pack_price_minor": 100,
    }
    return MaterialItem(label, **values | fields)


def operation(label: str = "cut", **fields: Any) -> OperationItem:
    values: dict[str, Any] = {
        "process": "laser-cutting",
        "machine": "",
        "setup_minutes": D(0),
        "cycle_minutes": D(0),
        "attendance_minutes": D(0),
        "pieces_per_cycle": 1,
        "yield_fraction": D(1),
    }
    return OperationItem(label, **values | fields)


def recipe(*items: MaterialItem | OperationItem, **fields: Any) -> Recipe:
    values: dict[str, Any] = {
        "wage_minor": 0,
        "overhead_budget_minor": 0,
        "overhead_planned_hours": D(1000),
        "organising_minutes": D(0),
    }
    return Recipe(
        product="Stool 1.0.0",
        workshop="Werkhof",
        currency="EUR",
        priced_on="2026-11-23",
        materials=tuple(item for item in items if isinstance(item, MaterialItem)),
        operations=tuple(item for item in items if isinstance(item, OperationItem)),
        **values | fields,
    )


# --- Worked out by hand -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quantity", "unit"), [(10, 1300), (50, 820)])
def test_fixed_60_and_variable_7(quantity: int, unit: int) -> None:
    an_hour_of_setting_up = operation(setup_minutes=D(60))
    assert (
        costing.unit_minor(recipe(an_hour_of_setting_up, material(pack_price_minor=700), wage_minor=6000), quantity)
        == unit
    )


@pytest.mark.parametrize(("quantity", "unit"), [(10, 700), (11, 1091), (20, 600), (21, 810)])
def test_ten_fit_on_a_sheet_and_the_eleventh_opens_another(quantity: int, unit: int) -> None:
    sheet = material("sheet", quantity=D("0.1"), pack_price_minor=5000)
    assert costing.unit_minor(recipe(sheet, organising_minutes=D(60), wage_minor=2000), quantity) == unit


def test_the_curve_names_what_made_a_piece_dearer() -> None:
    sheet = material("sheet", quantity=D("0.1"), pack_price_minor=5000)
    points = costing.curve(recipe(sheet, organising_minutes=D(60), wage_minor=2000), 9, 12)
    assert [(point.quantity, point.because and point.because.label) for point in points] == [
        (9, None),
        (10, None),
        (11, "sheet"),
        (12, None),
    ]


def test_the_ceiling_is_the_highest_price_between_not_at_the_ends() -> None:
    sheet = material("sheet", quantity=D("0.1"), pack_price_minor=5000)
    stepped = recipe(sheet, organising_minutes=D(60), wage_minor=2000, contingency_percent=D(5))
    assert costing.ceiling(stepped, 10, 20) == 1091 + 55


def test_gross_of_82_euros_at_stripes_fee() -> None:
    assert costing.gross_up(8200, D("0.029"), 30) == 8476


def test_a_batch_line_by_line() -> None:
    """Nine good stools at 90 % yield: ten begun, five cycles of two, three sheets for 2.6 × 1.05 + 0.2."""
    sheet = costing.cost_sheet(
        recipe(
            material(
                "plywood",
                unit="sheet",
                quantity=D("0.26"),
                attrition=D("0.05"),
                setup_quantity=D("0.2"),
                pack_price_minor=6850,
            ),
            operation(
                "mill",
                machine="router",
                setup_minutes=D(30),
                cycle_minutes=D(18),
                attendance_minutes=D(6),
                pieces_per_cycle=2,
                yield_fraction=D("0.9"),
                rate=(RatePart("energy", 300), RatePart("maintenance", 900)),
            ),
            wage_minor=2400,
            overhead_budget_minor=4_800_000,
            overhead_planned_hours=D(3600),
            organising_minutes=D(45),
            care_percent=D(2),
        ),
        9,
    )
    assert [(line.kind, line.quantity, line.amount_minor) for line in sheet.lines] == [
        ("material", D(3), 20550),
        ("machine", D(120), 2400),
        ("labour", D(60), 2400),
        ("overhead", D(60), 1334),
        ("organising", D(45), 1800),
        ("care", D(2), 507),
    ]
    assert (sheet.begun, sheet.total_minor, sheet.unit_minor) == (10, 28991, 3222)


def test_yields_are_counted_backwards_through_the_routing() -> None:
    two_steps = recipe(operation("a", yield_fraction=D("0.5")), operation("b", yield_fraction=D("0.9")))
    assert costing.begun_pieces(two_steps, 10) == [24, 12]


def test_an_order_pays_delivery_then_tax_then_the_processor() -> None:
    terms = OrderTerms(
        packing_minor=150, delivery_minor=490, tax_percent=D(19), fee_fraction=D("0.015"), fee_fixed_minor=25
    )
    price = costing.order_price(6250, terms)
    assert [(line.kind, line.amount_minor) for line in price.lines] == [
        ("packing", 150),
        ("delivery", 490),
        ("tax", 1309),
        ("fee", 151),
    ]
    assert price.gross_minor == 8350


def test_an_order_without_terms_pays_its_goods_alone() -> None:
    assert costing.order_price(6250, OrderTerms()) == costing.OrderPrice(6250, ())


@pytest.mark.parametrize(("taxable", "tax"), [(50, 4), (49, 3), (150, 11), (0, 0)])
def test_tax_is_rounded_half_up(taxable: int, tax: int) -> None:
    assert costing.tax_minor(taxable, D(7)) == tax


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"wage_minor": 24.5}, TypeError, "wage"),
        ({"wage_minor": True}, TypeError, "wage"),
        ({"organising_minutes": 0.5}, TypeError, "organising"),
        ({"contingency_percent": D("10.01")}, ValueError, "contingency"),
        ({"overhead_planned_hours": D(0)}, ValueError, "planned hours"),
        ({"care_percent": D("NaN")}, ValueError, "care"),
    ],
)
def test_a_recipe_refuses_floats_and_nonsense(change: dict[str, Any], error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        recipe(**change)


@pytest.mark.parametrize("fields", [{"quantity": D(0)}, {"pack_quantity": D(0)}, {"attrition": D(-1)}])
def test_a_material_of_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="stuff"):
        material(**fields)


@pytest.mark.parametrize("fields", [{"yield_fraction": D(0)}, {"yield_fraction": D("1.1")}, {"pieces_per_cycle": 0}])
def test_an_impossible_operation_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cut"):
        operation(**fields)


def test_a_batch_of_nothing_and_an_empty_range_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        costing.cost_sheet(recipe(), 0)
    with pytest.raises(ValueError, match="5 to 4"):
        costing.ceiling(recipe(), 5, 4)
    with pytest.raises(ValueError, match="fraction"):
        costing.gross_up(100, D(1), 0)


def test_a_recipe_of_another_version_or_with_bare_numbers_is_not_read() -> None:
    data = recipe_to_json(recipe(material()))
    with pytest.raises(ValueError, match="version 2"):
        recipe_from_json(data | {"version": 2})
    with pytest.raises(TypeError, match="care_percent"):
        recipe_from_json(data | {"care_percent": 1.5})


# --- What always holds --------------------------------------------------------------------------------------------

decimals = st.decimals(0, 500, places=4)
minors = st.integers(0, 10**7)
materials = st.builds(
    material,
    label=st.sampled_from(["plywood", "screws", "oil"]),
    quantity=st.decimals("0.0001", 100, places=4),
    attrition=st.decimals(0, 1, places=4),
    setup_quantity=decimals,
    pack_quantity=st.decimals("0.0001", 100, places=4),
    pack_price_minor=minors,
    sources=st.tuples(st.text(max_size=5)),
)
operations = st.builds(
    operation,
    label=st.sampled_from(["cut", "bend", "glue"]),
    machine=st.just("router"),
    setup_minutes=decimals,
    cycle_minutes=decimals,
    attendance_minutes=decimals,
    pieces_per_cycle=st.integers(1, 30),
    yield_fraction=st.decimals("0.3", 1, places=4),
    rate=st.lists(st.builds(RatePart, st.sampled_from(["energy", "space"]), minors), max_size=3).map(tuple),
)
recipes = st.builds(
    lambda items, fields: recipe(*items, **fields),
    st.lists(materials | operations, max_size=5),
    st.fixed_dictionaries(
        {
            "wage_minor": minors,
            "overhead_budget_minor": minors,
            "overhead_planned_hours": st.decimals(1, 10_000, places=2),
            "organising_minutes": decimals,
            "care_percent": st.decimals(0, 10, places=2),
            "contingency_percent": st.decimals(0, 10, places=2),
            "files": st.lists(st.builds(FilePin, st.text(max_size=5), st.text(max_size=5)), max_size=2).map(tuple),
        }
    ),
)
quantities = st.integers(1, 400)


@given(recipes, quantities)
def test_every_line_follows_from_its_own_figures(made: Recipe, quantity: int) -> None:
    sheet = costing.cost_sheet(made, quantity)
    assert sheet.total_minor == sum(line.amount_minor for line in sheet.lines)
    for line in sheet.lines:
        exact = line.quantity * line.rate_minor / line.rate_per
        assert exact <= line.amount_minor < exact + 1
        assert type(line.amount_minor) is int


@given(recipes, quantities)
def test_the_price_covers_the_cost_by_less_than_one_unit_each(made: Recipe, quantity: int) -> None:
    sheet = costing.cost_sheet(made, quantity)
    assert 0 <= sheet.unit_minor * quantity - sheet.total_minor < quantity


@given(recipes, quantities)
def test_a_larger_batch_never_costs_less(made: Recipe, quantity: int) -> None:
    assert costing.total_minor(made, quantity) <= costing.total_minor(made, quantity + 1)


@given(recipes, quantities)
def test_enough_is_begun_for_the_good_pieces_and_no_piece_more(made: Recipe, quantity: int) -> None:
    needed = quantity
    for step, begun in zip(reversed(made.operations), reversed(costing.begun_pieces(made, quantity)), strict=True):
        assert begun * step.yield_fraction >= needed > (begun - 1) * step.yield_fraction
        needed = begun


@settings(max_examples=40)
@given(recipes, st.integers(1, 30), st.integers(0, 30))
def test_no_batch_in_the_range_costs_more_than_the_ceiling(made: Recipe, smallest: int, span: int) -> None:
    most = costing.ceiling(made, smallest, smallest + span)
    for quantity in range(smallest, smallest + span + 1):
        assert costing.with_contingency(made, costing.unit_minor(made, quantity)) <= most


@given(minors, st.decimals(0, "0.5", places=4), st.integers(0, 100))
def test_the_gross_leaves_the_net_and_no_smaller_one_does(net: int, fraction: D, fixed: int) -> None:
    def left(gross: int) -> D:
        return gross - gross * fraction - fixed

    gross = costing.gross_up(net, fraction, fixed)
    if net:
        assert left(gross) >= net > left(gross - 1)
    else:
        assert gross == 0


@given(
    minors,
    st.builds(
        OrderTerms,
        packing_minor=minors,
        delivery_minor=minors,
        tax_percent=st.decimals(0, 27, places=2),
        fee_fraction=st.decimals(0, "0.05", places=4),
        fee_fixed_minor=st.integers(0, 50),
    ),
)
def test_every_cent_of_an_order_has_a_line(goods: int, terms: OrderTerms) -> None:
    price = costing.order_price(goods, terms)
    fee = sum(line.amount_minor for line in price.lines if line.kind == "fee")
    taken = price.gross_minor * terms.fee_fraction + (terms.fee_fixed_minor if price.gross_minor else 0)
    assert taken <= fee
    assert all(line.amount_minor > 0 for line in price.lines)


@given(recipes)
def test_a_recipe_survives_json_exactly(made: Recipe) -> None:
    again = recipe_from_json(json.loads(json.dumps(recipe_to_json(made))))
    assert again == made
    assert repr(again) == repr(made)  # 1.50 does not come back as 1.5


@given(recipes, quantities)
def test_a_percent_of_contingency_only_ever_adds(made: Recipe, quantity: int) -> None:
    plain = dataclasses.replace(made, contingency_percent=D(0))
    unit = costing.unit_minor(made, quantity)
    assert (
        costing.with_contingency(plain, unit) == unit <= costing.with_contingency(made, unit) <= -(-unit * 110 // 100)
    )
