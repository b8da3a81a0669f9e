"""Furnishing a workshop, and what PostgreSQL keeps whoever writes."""

from __future__ import annotations

import dataclasses
import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from facilities import furnishing
from facilities.access import may_furnish
from facilities.furnishing import Place
from facilities.models import Facility, Machine, MachineRateComponent, MaterialKind, MaterialPrice
from members.models import Membership, Organisation, Transition
from tests.cast import Cast
from tests.workshop import TERMS, Workshop


@pytest.fixture
def workshop(cast: Cast) -> Workshop:
    return Workshop(cast.werkhof, cast.petra, cast.now)


def codes(caught: pytest.ExceptionInfo[ValidationError]) -> set[str | None]:
    error = caught.value
    errors = [each for group in error.error_dict.values() for each in group] if hasattr(error, "error_dict") else None
    return {each.code for each in (errors or error.error_list)}


def open_it(workshop: Workshop, **change: Any) -> Facility:
    fields: dict[str, Any] = {
        "organisation": workshop.organisation,
        "name": "Second",
        "slug": "second",
        "place": Place(locality="Plön", country="de"),
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "terms": TERMS,
        "now": workshop.now,
    }
    return furnishing.open_facility(**fields | change)


def test_a_workshop_opens_with_its_story_rendered_and_harmless(workshop: Workshop) -> None:
    facility = open_it(workshop, story="# Us\n<script>alert(1)</script> [in](javascript:x) **and out**")
    assert facility.country == "DE"
    assert "<h3>Us</h3>" in facility.story_html
    assert "<strong>and out</strong>" in facility.story_html
    assert "<script" not in facility.story_html
    assert 'href="javascript' not in facility.story_html


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time_zone": "Europe/Nowhere"}, "time_zone_unknown"),
        ({"currency": "Euro"}, "currency_unknown"),
        ({"place": Place(locality="Plön", country="DE", latitude=Decimal(54))}, "place_half_given"),
        ({"place": Place(locality="Plön", country="DE", latitude=Decimal(91), longitude=Decimal(0))}, "max_value"),
        ({"slug": "werkhof"}, "unique"),
    ],
)
def test_a_workshop_refuses_what_cannot_be(workshop: Workshop, change: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        open_it(workshop, **change)
    assert code in codes(caught)


def test_new_terms_hold_from_now_on(workshop: Workshop) -> None:
    furnishing.set_terms(workshop.facility, terms=dataclasses.replace(TERMS, wage_minor=2600))
    assert Facility.objects.get().wage_minor == 2600


@pytest.mark.parametrize("terms", [{"care_percent": Decimal(11)}, {"contingency_percent": Decimal("10.5")}])
def test_care_and_contingency_are_capped(workshop: Workshop, terms: dict[str, Decimal]) -> None:
    with pytest.raises(ValidationError):
        furnishing.set_terms(workshop.facility, terms=dataclasses.replace(TERMS, **terms))
    with pytest.raises(IntegrityError), transaction.atomic():
        Facility.objects.update(**terms)


def test_a_machine_works_only_once_its_hour_has_a_price(workshop: Workshop) -> None:
    laser = furnishing.plan_machine(facility=workshop.facility, name="Laser", process="laser-cutting")
    with pytest.raises(ValidationError) as caught:
        furnishing.put_to_work(laser, by=workshop.by, now=workshop.now)
    assert codes(caught) == {"rate_missing"}
    furnishing.set_machine_rate(
        laser, components={"energy": 250}, since_on=workshop.day, by=workshop.by, now=workshop.now
    )
    furnishing.put_to_work(laser, by=workshop.by, now=workshop.now)
    laser.refresh_from_db()
    assert laser.state == Machine.State.WORKING
    moved = Transition.objects.get(subject_id=laser.pk)
    assert (moved.from_state, moved.to_state, moved.by) == ("planned", "working", workshop.by)


def test_a_machine_that_has_moved_meanwhile_is_refused(workshop: Workshop) -> None:
    stale = Machine.objects.get(pk=workshop.router.pk)
    furnishing.retire_machine(workshop.router, by=workshop.by, now=workshop.now)
    with pytest.raises(ValidationError) as caught:
        furnishing.retire_machine(stale, by=workshop.by, now=workshop.now)
    assert codes(caught) == {"state_changed"}


def test_a_machine_of_no_known_process_is_refused(workshop: Workshop) -> None:
    with pytest.raises(ValidationError) as caught:
        furnishing.plan_machine(facility=workshop.facility, name="Oracle", process="divination")
    assert codes(caught) == {"process_unknown"}


def test_the_newest_rate_of_each_kind_holds(workshop: Workshop) -> None:
    later = workshop.day + datetime.timedelta(days=30)
    furnishing.set_machine_rate(
        workshop.router, components={"energy": 420}, since_on=later, by=workshop.by, now=workshop.now
    )

    def rate(day: datetime.date) -> dict[str, int]:
        return {row.kind: row.amount_minor for row in MachineRateComponent.objects.on_day(day)}

    assert rate(workshop.day - datetime.timedelta(days=1)) == {}
    assert rate(workshop.day) == {"energy": 300, "maintenance": 900}
    assert rate(later) == {"energy": 420, "maintenance": 900}


def test_a_price_noted_again_on_the_same_day_corrects_the_first(workshop: Workshop) -> None:
    workshop.price(workshop.boards, 7100, "3.125")
    assert MaterialPrice.objects.on_day(workshop.day).get(material=workshop.boards).price_minor == 7100


@pytest.mark.parametrize(("price_minor", "pack"), [(-1, "1"), (100, "0"), (100, "-1")])
def test_a_price_of_nothing_is_refused(workshop: Workshop, price_minor: int, pack: str) -> None:
    with pytest.raises(ValidationError):
        workshop.price(workshop.boards, price_minor, pack)


def test_one_material_of_a_kind_is_stocked_at_a_time(workshop: Workshop) -> None:
    with pytest.raises(ValidationError):
        furnishing.stock_material(facility=workshop.facility, kind=workshop.plywood, name="Other boards")
    furnishing.stop_stocking(workshop.boards)
    furnishing.stock_material(facility=workshop.facility, kind=workshop.plywood, name="Other boards")


@pytest.mark.parametrize("model", [MaterialPrice, MachineRateComponent])
@pytest.mark.parametrize("how", ["change", "remove"])
def test_prices_and_rates_are_append_only(workshop: Workshop, model: Any, how: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(since_on=datetime.date(2020, 1, 1)) if how == "change" else model.objects.all().delete()


def test_what_figures_are_counted_in_stays(workshop: Workshop) -> None:
    with pytest.raises(IntegrityError, match="currency"), transaction.atomic():
        Facility.objects.update(currency="CHF")
    with pytest.raises(IntegrityError, match="unit"), transaction.atomic():
        MaterialKind.objects.update(unit="kg")
    Facility.objects.update(currency="EUR", name="Renamed")


def test_owners_and_producers_furnish_others_do_not(cast: Cast, workshop: Workshop) -> None:
    elsewhere = Organisation.objects.create(name="Elsewhere", slug="elsewhere", kind="firm")
    stranger = cast.person("stranger")
    Membership.objects.create(organisation=elsewhere, member=stranger, role="owner")
    assert may_furnish(cast.petra, workshop.facility)
    assert not may_furnish(cast.olga, workshop.facility)
    assert not may_furnish(stranger, workshop.facility)


def test_workshops_able_to_make_something_work_and_stock_for_it(workshop: Workshop) -> None:
    def able() -> bool:
        return (
            Facility.objects.able_to_make(
                processes=["cnc-routing"], kinds=[workshop.plywood.pk, workshop.screws.pk]
            ).count()
            == 1
        )

    workshop.open("Empty", "empty")
    assert able()
    furnishing.stop_stocking(workshop.box)
    assert not able()
    workshop.stock(workshop.screws, "Other screws", 500, "100")
    assert able()
    furnishing.retire_machine(workshop.router, by=workshop.by, now=workshop.now)
    assert not able()
