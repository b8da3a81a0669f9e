"""Finding campaigns: by words with and without accents or mistakes, by state, process and place, page by page."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from campaigns import launching
from campaigns.discovering import PAGE, Wanted, after_from, find
from campaigns.models import BudgetLine, Campaign, SearchEntry, Tier
from facilities import placing
from facilities.models import Facility
from facilities.placing import Point
from funding.models import Fund, Tally
from tests.cast import Cast
from tests.workshop import Workshop

PAGE_URL = "/campaigns/"
API = "/api/v1/campaigns/"
EUTIN, FLENSBURG, KIEL = (54.137, 10.618), (54.7937, 9.4330), (54.3233, 10.1228)


class World:
    """Workshops in towns, with campaigns."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.workshop = Workshop(cast.werkhof, cast.petra, cast.now)

    def town(self, name: str, place: tuple[float, float] | None, process: str = "") -> Facility:
        facility = self.workshop.open(f"Werkstatt {name}", name.lower())
        where = {"locality": name, "postcode": "24937" if name == "Flensburg" else ""}
        latitude, longitude = map(str, place) if place else (None, None)
        Facility.objects.filter(pk=facility.pk).update(
            **where, latitude=latitude and Decimal(latitude), longitude=longitude and Decimal(longitude)
        )
        if process:
            self.workshop.machine(process, f"{process} {name}", facility, energy=1)
        return facility

    def campaign(self, title: str, facility: Facility | None = None, *, days: float = 9, story: str = "x") -> Campaign:
        made = Campaign(
            facility=facility or self.workshop.facility,
            title=title,
            slug=f"c{Campaign.objects.count()}",
            summary="For all.",
            story=story,
            minimum_minor=100_00,
            goal_minor=100_00,
            deadline_at=self.cast.now + datetime.timedelta(days=days),
        )
        launching.save_draft(made)
        launching.save_line(BudgetLine(campaign=made, kind="material", label="It", amount_minor=100_00))
        launching.save_line(Tier(campaign=made, title="Thanks", text="x", amount_minor=5_00))
        self.cast.launch(made)
        return made


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


def titles(query: str = "") -> list[str]:
    cache.clear()
    answer = Client().get(f"{PAGE_URL}{query}")
    assert answer.status_code == 200
    shown = [campaign.title for campaign, _progress in answer.context["campaigns"]]
    assert [row["title"] for row in Client().get(f"{API}{query}").json()] == shown or "near=" in query
    return shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("laser", True),
        ("LAS", True),
        ("möbel", True),
        ("mobel", True),
        ("flensburg laser", True),
        ("24937", True),
        ("werkstatt", True),
        ("lasser flensbrg", True),
        ("laser kiel", False),
        ("zebra", False),
        ("!?", False),
        ("' & | ! ( :* \\", False),
    ],
)
def test_words_are_found_in_any_case_with_or_without_accents_and_with_a_letter_wrong(
    world: World, typed: str, found: bool
) -> None:
    world.campaign("Ein Laser für alle", world.town("Flensburg", FLENSBURG), story="Für **Möbel** und Boote.")
    world.campaign("Router")
    assert ("Ein Laser für alle" in titles(f"?q={typed.replace('&', '%26')}")) is found


@pytest.mark.django_db
def test_an_exact_word_needs_no_guess_and_the_title_comes_before_the_story(world: World) -> None:
    world.campaign("Boats", story="With a laser.")
    world.campaign("A laser")
    world.campaign("A lathe")
    assert titles("?q=laser") == ["A laser", "Boats"]
    assert "comes near" not in Client().get(f"{PAGE_URL}?q=laser").content.decode()
    assert "comes near" in Client().get(f"{PAGE_URL}?q=lasre").content.decode()


@pytest.mark.django_db
def test_entries_follow_the_campaign_and_its_workshop_whoever_writes(world: World) -> None:
    facility = world.town("Flensburg", FLENSBURG)
    campaign = world.campaign("Laser", facility)
    Campaign.objects.filter(pk=campaign.pk).update(title="Sail loft")
    Facility.objects.filter(pk=facility.pk).update(locality="Husum")
    assert titles("?q=sail husum") == ["Sail loft"]
    assert titles("?q=laser") == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in (
            ("campaigns_campaign", "campaign_is_entered"),
            ("facilities_facility", "facility_is_entered"),
        ):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    Campaign.objects.filter(pk=campaign.pk).update(title="Laser")
    Facility.objects.filter(pk=facility.pk).update(locality="Kiel")
    assert titles("?q=laser") == titles("?q=kiel") == []


@pytest.mark.django_db
def test_nobody_finds_a_draft(world: World) -> None:
    campaign = world.campaign("Laser")
    launching.save_draft(
        Campaign(
            facility=campaign.facility,
            title="Secret laser",
            slug="secret",
            summary="x",
            story="x",
            minimum_minor=1,
            goal_minor=1,
            deadline_at=campaign.deadline_at,
        )
    )
    assert titles("?q=laser") == titles() == ["Laser"]
    assert SearchEntry.objects.count() == 1


@pytest.mark.django_db
def test_states_processes_and_orders(world: World) -> None:
    kiel = world.town("Kiel", KIEL, "laser-cutting")
    late, soon, over = world.campaign("Late", kiel, days=20), world.campaign("Soon", days=2), world.campaign("Over")
    missed = world.campaign("Missed")
    Fund.objects.filter(pk=missed.fund_id).update(state="missed", closed_at=world.cast.now)
    Fund.objects.filter(pk=over.fund_id).update(
        state="met",
        closed_at=world.cast.now + datetime.timedelta(days=1),
        required_minor=10_000,
        window_ends_at=world.cast.now,
        opened_at=world.cast.now - datetime.timedelta(days=5),
    )
    for fund_id, promises in ((late.fund_id, 2), (over.fund_id, 3), (over.fund_id, 4)):
        Tally.objects.create(fund_id=fund_id, kind="secured", amount_minor=1, promises=promises)
    Tally.objects.create(fund_id=soon.fund_id, kind="collected", amount_minor=1, promises=99)
    assert titles() == ["Soon", "Late", "Missed", "Over"] or titles() == ["Soon", "Late", "Over", "Missed"]
    assert titles("?state=running") == ["Soon", "Late"]
    assert titles("?state=reached") == ["Over"]
    assert titles("?state=ended") == ["Missed"]
    assert titles("?process=laser-cutting") == ["Late"]
    assert titles("?process=laser-cutting&state=ended") == []
    assert titles("?sort=supported")[:2] == ["Over", "Late"]
    assert titles("?sort=newest")[-1] == "Over"
    # A page that asks for nonsense still comes.
    cache.clear()
    assert Client().get(f"{PAGE_URL}?state=odd&process=x&sort=y&km=z&after=w").status_code == 200


@pytest.mark.django_db
def test_near_a_town_a_postcode_or_coordinates(world: World) -> None:
    world.campaign("Here", world.town("Flensburg", FLENSBURG))
    world.campaign("Kiel", world.town("Kiel", KIEL))
    world.campaign("Nowhere", world.town("Atlantis", None))

    def near(query: str) -> list[str]:
        return [campaign.title for campaign, _ in Client().get(f"{PAGE_URL}?{query}").context["campaigns"]]

    assert near("near=flensburg") == ["Here"]
    assert near("near=Flensbrg&km=100") == ["Here", "Kiel"]
    assert near("near=24937&km=100") == ["Here", "Kiel"]
    assert near("near=54.4,10.1&km=100") == ["Kiel", "Here"]
    page = Client().get(f"{PAGE_URL}?near=Flensburg&km=100").content.decode()
    assert "less than 1 km away" in page
    assert "69 km away" in page
    unknown = Client().get(f"{PAGE_URL}?near=Timbuktu")
    assert "We know no workshop in “Timbuktu”" in unknown.content.decode()
    rows = Client().get(f"{API}?near=54.7937,9.433,100").json()
    assert [(row["title"], row["metres"]) for row in rows] == [("Here", 0), ("Kiel", rows[1]["metres"])]
    assert abs(rows[1]["metres"] - 68_800) < 700


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["near=1,2", "near=91,0,5", "near=1,2,0", "near=1,2,9999", "state=x", "sort=x", "after=x"]
)
def test_a_program_that_asks_for_what_is_not_there_is_told(cast: Cast, query: str) -> None:
    answer = Client().get(f"{API}?{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")


@pytest.mark.django_db
def test_pages_follow_each_other_without_gap_or_twin(world: World) -> None:
    for number in range(5):
        world.campaign(f"Laser {number}")
    for order in ("best", "ending", "newest", "supported"):
        seen, after = [], None
        while True:
            found = find(Wanted(text="laser", order=order, after=after), most=2)
            seen += [campaign.title for campaign in found.campaigns]
            assert found.number == 5
            if found.after is None:
                break
            after = after_from(str(found.after))
            assert after == found.after
        assert len(seen) == len(set(seen)) == 5, order
    link = Client().get(f"{API}?q=laser").headers
    assert "Link" not in link


@pytest.mark.django_db
def test_the_next_page_is_a_link_and_the_number_of_queries_stays(world: World) -> None:
    world.campaign("First")
    with CaptureQueriesContext(connection) as few:
        Client().get(PAGE_URL)
    for number in range(PAGE):
        world.campaign(f"Laser {number}")
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        first = Client().get(PAGE_URL)
    assert len(many) == len(few) <= 4
    rest = Client().get(f"{PAGE_URL}?{first.context['more']}")
    shown = [campaign.pk for page in (first, rest) for campaign, _ in page.context["campaigns"]]
    assert len(set(shown)) == len(shown) == PAGE + 1
    assert 'rel="next"' in first.content.decode()
    assert "noindex" not in first.content.decode()
    assert "noindex" in rest.content.decode()
    assert 'href="http' not in rest.content.decode().split("</head>")[1]


@pytest.mark.django_db
def test_empty_pages_say_what_to_do(cast: Cast) -> None:
    assert "See workshops" in Client().get(PAGE_URL).content.decode()
    assert "Try fewer or other words" in Client().get(f"{PAGE_URL}?q=zebra").content.decode()
    assert "wider circle" in Client().get(f"{PAGE_URL}?near=1,1").content.decode()


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    bearing=st.floats(0, 2 * math.pi),
    km=st.integers(1, 1000),
    part=st.floats(0, 0.999),
)
def test_whatever_is_within_the_circle_is_within_its_box(
    latitude: float, longitude: float, bearing: float, km: int, part: float
) -> None:
    """Also at the poles and over the date line: the box may be too large, never too small."""
    arc = km * 1000 * part / placing.EARTH_METRES
    here, east = math.radians(latitude), math.radians(longitude)
    north = math.asin(math.sin(here) * math.cos(arc) + math.cos(here) * math.sin(arc) * math.cos(bearing))
    away = math.atan2(
        math.sin(bearing) * math.sin(arc) * math.cos(here), math.cos(arc) - math.sin(here) * math.sin(north)
    )
    there = {"latitude": math.degrees(north), "longitude": (math.degrees(east + away) + 180) % 360 - 180}
    assert _holds(placing.within(Point(latitude, longitude), km), there)


def _holds(condition: Any, row: dict[str, float]) -> bool:
    parts = [
        _holds(child, row) if not isinstance(child, tuple) else _compares(*child, row) for child in condition.children
    ]
    return all(parts) if condition.connector == "AND" else any(parts)


def _compares(name: str, value: float, row: dict[str, float]) -> bool:
    column, _underscores, how = name.partition("__")
    return row[column] >= value - 1e-6 if how == "gte" else row[column] <= value + 1e-6
