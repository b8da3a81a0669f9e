"""The search over thousands of campaigns: a thousand workshops, a campaign in each tenth of them and so on."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client
from uuid6 import uuid7

from campaigns.models import Campaign
from csm.bench import world
from csm.bench.measuring import line, measure, queries
from facilities.models import Facility, Machine
from funding.models import Fund, Tally
from members.clock import database_now
from members.models import Organisation
from payments.booking import Kind
from payments.models import Account

_THINGS = (
    "laser cutter",
    "CNC router",
    "knitting machine",
    "kiln",
    "letterpress",
    "lathe",
    "boat hall",
    "bike frame jig",
)
_TOWNS = ("Eutin", "Flensburg", "Kiel", "Lübeck", "Husum", "Plön", "Ratzeburg", "Schleswig", "Itzehoe", "Neumünster")
_WORDS = (
    *("wood", "metal", "apprentices", "harbour", "neighbours", "repair", "open"),
    *("evening", "steel", "plywood", "clay", "paper", "sail", "oar"),
)
WORKSHOPS = 1_000


def fill(number: int) -> None:
    """So many launched campaigns, written in bulk: their terms are sound, their triggers fire."""
    now, chance = database_now(), random.Random(8)
    facilities = _workshops(chance, now)
    receiver = world.STATE["receiver"]
    campaigns, funds, accounts, tallies = [], [], [], []
    for place in range(number):
        thing, facility = chance.choice(_THINGS), chance.choice(facilities)
        account = Account(receiver=receiver, kind=Kind.FUND, subject_id=uuid7(), currency="EUR")
        fund = _fund(account, receiver, place, now, chance)
        campaigns.append(
            Campaign(
                facility=facility,
                fund=fund,
                title=f"A {thing} for {facility.locality} {place}",
                slug=f"found-{place}-{world.STATE['mark']}",
                summary=f"{thing} and {chance.choice(_WORDS)}.",
                story=" ".join(chance.choices(_WORDS, k=150)),
                story_html="<p>x</p>",
                minimum_minor=fund.minimum_minor,
                goal_minor=fund.goal_minor,
                deadline_at=fund.deadline_at,
            )
        )
        accounts.append(account)
        funds.append(fund)
        tallies += [
            Tally(fund=fund, kind=kind, amount_minor=chance.randrange(9_000), promises=chance.randrange(40))
            for kind in ("secured", "secured", "secured", "collected")
        ]
    Account.objects.bulk_create(accounts, batch_size=1_000)
    Fund.objects.bulk_create(funds, batch_size=1_000)
    Campaign.objects.bulk_create(campaigns, batch_size=1_000)
    Tally.objects.bulk_create(tallies, batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _fund(account: Account, receiver: Any, place: int, now: datetime.datetime, chance: random.Random) -> Fund:
    """Four of five are over."""
    days = chance.randrange(1, 60)
    over = place % 5 > 0
    return Fund(
        receiver=receiver,
        account=account,
        title=f"Found {place}",
        page_path="/",
        currency="EUR",
        minimum_minor=10_000,
        goal_minor=20_000,
        required_minor=10_000 if over else None,
        state=chance.choice(("settled", "refunded")) if over else "open",
        fee_bearer=receiver.organisation,
        opened_at=now - datetime.timedelta(days=days + 100),
        deadline_at=now + datetime.timedelta(days=-days if over else days),
        closed_at=now - datetime.timedelta(days=days) if over else None,
        window_ends_at=now - datetime.timedelta(days=days) if over else None,
    )


def _workshops(chance: random.Random, now: datetime.datetime) -> list[Facility]:
    """All over a country, each with a machine."""
    mark, first = world.STATE["mark"], world.STATE["facility"]
    organisation = Organisation.objects.get(pk=first.organisation_id)
    made = Facility.objects.bulk_create(
        Facility(
            organisation=organisation,
            name=f"Workshop {number}",
            slug=f"found-{number}-{mark}",
            locality=chance.choice(_TOWNS),
            country="DE",
            latitude=Decimal(chance.randrange(47_300_000, 55_000_000)).scaleb(-6),
            longitude=Decimal(chance.randrange(6_000_000, 15_000_000)).scaleb(-6),
            time_zone="Europe/Berlin",
            currency="EUR",
            wage_minor=2_000,
            overhead_budget_minor=1,
            overhead_planned_hours=1,
            created_at=now,
        )
        for number in range(WORKSHOPS)
    )
    Machine.objects.bulk_create(
        Machine(
            facility=facility, name="It", process=chance.choice(("laser-cutting", "sawing", "welding")), state="working"
        )
        for facility in made
    )
    return made


_ASKED = {
    "all, running first": "",
    "two words": "?q=laser+kiel",
    "a word of every story": "?q=wood",
    "mistyped": "?q=leterpres",
    "nothing like it": "?q=zebra",
    "running, ending soon": "?state=running&sort=ending",
    "most supported": "?sort=supported",
    "newest": "?sort=newest",
    "within 50 km": "?near=54.1,10.6&km=50",
    "near a town, laser, running": "?near=Kiel&km=250&process=laser-cutting&state=running",
}


def bench(times: int, number: int) -> None:
    """Each question, and the same with as few campaigns as fit on a page, which is its floor."""
    client = Client()

    def ask(query: str) -> Callable[[], None]:
        def asked() -> None:
            cache.clear()
            assert client.get(f"/campaigns/{query}").status_code == 200

        return asked

    print(f"\nDiscover. The floor: the same page with 24 campaigns, here one of {number:,}.")
    for place in range(24):
        world.campaign(f"floor-{place}")
    deeds = {name: ask(query) for name, query in _ASKED.items()}
    floor = measure(times, floor=deeds["all, running first"])["floor"]
    line("discover: the floor", floor, f"{queries(deeds['all, running first'])} SQL")
    fill(number)
    for name, cost in measure(times, **deeds).items():
        line(f"discover: {name}", cost, f"{cost.wall / floor.wall:.2f} × the floor, {queries(deeds[name])} SQL")
