"""From a version and a workshop to a recipe."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from facilities import furnishing
from products import costing, pricing
from products.models import Revision
from products.recipes import recipe_from_json, recipe_to_json
from tests.workshop import Workshop


def refusals(caught: pytest.ExceptionInfo[ValidationError]) -> list[str | None]:
    return [error.code for error in caught.value.error_list]


def test_the_recipe_of_the_stool(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    recipe = pricing.recipe_for(revision=revision, facility=workshop.facility, day=workshop.day)
    sheet = costing.cost_sheet(recipe, 10)
    # 10 × 0.5 m² × 1.1 are 5.5 m²: two boards; 80 screws: one box. Milling 30 + 120 min at 12.00 an hour.
    assert [(line.kind, line.label, line.amount_minor) for line in sheet.lines] == [
        ("material", "Birch plywood 12 mm", 13700),
        ("material", "Screw 4×40", 899),
        ("machine", "Mill the parts, Router", 3000),
        ("labour", "Mill the parts", 2800),
        ("labour", "Screw together", 4000),
        ("overhead", "", 3778),
        ("organising", "", 1800),
        ("care", "", 488),
    ]
    # The highest is at 12, where a third board is opened: 397.06 ÷ 12, and 5 % on top.
    assert costing.ceiling(recipe, 10, 20) == 3309 + 166


def test_every_figure_names_its_row(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    recipe = pricing.recipe_for(revision=revision, facility=workshop.facility, day=workshop.day)
    price = workshop.boards.prices.get()
    assert f"facilities.MaterialPrice:{price.pk}" in recipe.materials[0].sources
    rates = {f"facilities.MachineRateComponent:{row.pk}" for row in workshop.router.rates.all()}
    assert rates <= set(recipe.operations[0].sources)
    assert {part.source for part in recipe.operations[0].rate} == rates
    assert recipe.revision_source == f"products.Revision:{revision.pk}"
    assert [(pin.name, pin.sha256) for pin in recipe.files] == list(revision.files.values_list("name", "sha256"))


def test_a_frozen_recipe_is_the_same_recipe(workshop: Workshop) -> None:
    recipe = pricing.recipe_for(revision=workshop.released_stool(), facility=workshop.facility, day=workshop.day)
    assert recipe_from_json(json.loads(json.dumps(recipe_to_json(recipe)))) == recipe


def test_prices_are_those_of_the_day(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    later = workshop.day + datetime.timedelta(days=10)
    workshop.price(workshop.boards, 9000, "3.125", since_on=later)

    def board(day: datetime.date) -> int:
        return pricing.recipe_for(revision=revision, facility=workshop.facility, day=day).materials[0].pack_price_minor

    assert (board(workshop.day), board(later)) == (6850, 9000)


def test_the_cheapest_working_machine_is_taken(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    workshop.machine("cnc-routing", "Small router", energy=100)
    furnishing.plan_machine(facility=workshop.facility, name="Dreamt router", process="cnc-routing")
    recipe = pricing.recipe_for(revision=revision, facility=workshop.facility, day=workshop.day)
    assert (recipe.operations[0].machine, recipe.operations[0].rate_minor) == ("Small router", 100)
    assert (recipe.operations[1].machine, recipe.operations[1].rate) == ("", ())


def test_everything_missing_is_named_at_once(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    empty = workshop.open("Empty", "empty")
    furnishing.stock_material(facility=empty, kind=workshop.screws, name="Box without a price")
    with pytest.raises(ValidationError) as caught:
        pricing.recipe_for(revision=revision, facility=empty, day=workshop.day)
    assert refusals(caught) == ["material_not_stocked", "material_not_priced", "no_machine_for_process"]
    assert caught.value.messages == [
        "Empty does not stock Birch plywood 12 mm.",
        "Empty has no price for Screw 4×40 yet.",
        "Empty has no working machine for CNC routing.",
    ]


def test_a_machine_whose_rate_begins_tomorrow_is_no_machine_today(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    yesterday = workshop.day - datetime.timedelta(days=1)
    with pytest.raises(ValidationError) as caught:
        pricing.recipe_for(revision=revision, facility=workshop.facility, day=yesterday)
    assert set(refusals(caught)) == {"material_not_priced", "no_machine_for_process"}


def test_the_queries_do_not_grow_with_the_lists(
    workshop: Workshop, django_assert_num_queries: Callable[[int], Any]
) -> None:
    from products import drafting

    draft = workshop.stool()
    drafting.write_routing(
        draft, steps=[drafting.Step(process="cnc-routing", title=f"Step {number}") for number in range(20)]
    )
    revision = Revision.objects.select_related("design").get(pk=draft.pk)
    with django_assert_num_queries(7):
        pricing.recipe_for(revision=revision, facility=workshop.facility, day=workshop.day)


def test_terms_of_the_workshop_are_in_the_recipe(workshop: Workshop) -> None:
    from tests.workshop import TERMS

    revision = workshop.released_stool()
    terms = dataclasses.replace(TERMS, wage_minor=3000, care_percent=Decimal(0))
    furnishing.set_terms(workshop.facility, terms=terms)
    recipe = pricing.recipe_for(revision=revision, facility=workshop.facility, day=workshop.day)
    assert recipe.wage_minor == 3000
    assert costing.cost_sheet(recipe, 1).of_kind(costing.CARE) == 0
