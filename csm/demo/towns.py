"""The co-operative's other workshops and their campaigns, so that there is something to look for."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import NamedTuple

from campaigns import launching
from campaigns.models import BudgetLine, Campaign, Tier
from csm.demo.fundraising import support
from csm.demo.launching import go_live
from facilities import furnishing
from facilities.models import Facility
from funding.models import Fund
from members.clock import database_now
from members.models import Member, Organisation


class Town(NamedTuple):
    """A workshop: its place, and the machines that work there with their process."""

    name: str
    slug: str
    locality: str
    postcode: str
    latitude: str
    longitude: str
    summary: str
    machines: tuple[tuple[str, str], ...]


class Call(NamedTuple):
    """A campaign of one of these workshops; whole euros, and what each supporter promises."""

    town: str
    slug: str
    title: str
    summary: str
    buys: str
    minimum: int
    goal: int
    days: float
    promises: tuple[int, ...]


TOWNS = (
    Town(
        "Fördewerkstatt",
        "foerdewerkstatt",
        "Kiel",
        "24103",
        "54.3233",
        "10.1228",
        "A shed on the quay where boats and bicycles are mended.",
        (("MIG welder", "welding"), ("Press brake, 2 m", "sheet-metal-bending")),
    ),
    Town(
        "Altes Zeughaus",
        "altes-zeughaus",
        "Lübeck",
        "23552",
        "53.8655",
        "10.6866",
        "Four sewing tables and a press in the old armoury.",
        (("Industrial sewing machine", "sewing"), ("Vinyl cutter", "vinyl-cutting")),
    ),
    Town(
        "Speicher 3",
        "speicher-3",
        "Husum",
        "25813",
        "54.4771",
        "9.0511",
        "A granary with a foundry in its yard.",
        (("Small furnace", "casting"), ("Lathe", "cnc-turning")),
    ),
    Town(
        "Werkbank Altona",
        "werkbank-altona",
        "Hamburg",
        "22765",
        "53.5503",
        "9.9350",
        "Circuit boards, resin printers and a kitchen.",
        (("Resin printer", "3d-printing-sla"), ("Board mill", "pcb-milling")),
    ),
)
CALLS = (
    Call(
        "foerdewerkstatt",
        "cargo-bikes",
        "A jig for cargo bikes",
        "Weld the open cargo bike frame in an afternoon instead of a week.",
        "Welding jig and tube notcher",
        2_400,
        3_200,
        9,
        (400, 650, 900, 300),
    ),
    Call(
        "altes-zeughaus",
        "mending-room",
        "A mending room in the armoury",
        "Overlock, bartack and buttonhole machines, so that clothes last twice as long.",
        "Three used industrial machines",
        1_800,
        2_600,
        3.4,
        (250, 60, 500, 90, 120),
    ),
    Call(
        "speicher-3",
        "bell-furnace",
        "A furnace that can cast a ship's bell",
        "Forty kilograms of bronze instead of eight: bells, propellers, door handles.",
        "Crucible furnace, 40 kg",
        5_200,
        6_000,
        41,
        (100, 750),
    ),
    Call(
        "werkbank-altona",
        "repair-boards",
        "Boards that bring washing machines back",
        "Small runs of replacement electronics for appliances that nobody else mends.",
        "Pick-and-place machine, used",
        3_900,
        4_500,
        16,
        (900, 1_200, 500, 700),
    ),
    Call(
        "werkbank-altona",
        "hearing-aids",
        "Ear moulds, printed next door",
        "A certified resin printer for the acousticians' co-operative.",
        "Dental-grade printer and wash station",
        6_800,
        8_000,
        27,
        (),
    ),
    # It closes while the platform starts, and has enough.
    Call(
        "altes-zeughaus",
        "poster-press",
        "A poster press for the quarter",
        "Wooden type and a proofing press, so that everybody can print what they have to say.",
        "Proofing press",
        900,
        1_100,
        45 / 86_400,
        (300, 450, 250),
    ),
)


def settle_in(organisation: Organisation, by: Member, backers: list[Member]) -> None:
    """Open the workshops, launch their campaigns, and promise what there is to promise."""
    places = {town.slug: _open(town, organisation, by) for town in TOWNS}
    for number, call in enumerate(CALLS):
        campaign = _launch(call, places[call.town], by)
        for turn, euros in enumerate(call.promises):
            support(campaign, backers[(number * 3 + turn) % len(backers)], euros * 100)
        if call.days > 1:
            _grown(campaign, days=9 + number)
    _draft(places["speicher-3"])


def _open(town: Town, organisation: Organisation, by: Member) -> Facility:
    now = database_now()
    facility = furnishing.open_facility(
        organisation=organisation,
        name=town.name,
        slug=town.slug,
        summary=town.summary,
        story=town.summary,
        place=furnishing.Place(
            postcode=town.postcode,
            locality=town.locality,
            country="DE",
            latitude=Decimal(town.latitude),
            longitude=Decimal(town.longitude),
        ),
        time_zone="Europe/Berlin",
        currency="EUR",
        terms=furnishing.Terms(wage_minor=2_400, overhead_budget_minor=1_200_000, overhead_planned_hours=1_600),
        now=now,
    )
    for name, process in town.machines:
        machine = furnishing.plan_machine(facility=facility, name=name, process=process)
        rate = {"energy": 80, "maintenance": 150, "reserve": 120}
        furnishing.set_machine_rate(machine, components=rate, since_on=now.date(), by=by, now=now)
        furnishing.put_to_work(machine, by=by, now=now)
    return facility


def _launch(call: Call, facility: Facility, by: Member) -> Campaign:
    now = database_now()
    campaign = Campaign(
        facility=facility,
        title=call.title,
        slug=call.slug,
        summary=call.summary,
        story=f"{call.summary}\n\n## What it needs\n\n- {call.buys}\n- two evenings to set it up, paid\n",
        minimum_minor=call.minimum * 100,
        goal_minor=call.goal * 100,
        deadline_at=now + datetime.timedelta(days=call.days),
        window_minutes=7 * 24 * 60,
    )
    launching.save_draft(campaign)
    setting_up = call.goal * 12
    lines = (("material", call.buys, call.goal * 100 - setting_up), ("labour", "Setting it up", setting_up))
    for position, (kind, label, amount) in enumerate(lines):
        launching.save_line(
            BudgetLine(
                campaign=campaign, kind=kind, label=label, amount_minor=amount, position=position, is_required=False
            )
        )
    for position, (title, text, amount) in enumerate(
        (("Thanks", "A postcard from the workshop.", 1_500), ("An evening", "Four hours on it, with help.", 8_000))
    ):
        launching.save_line(Tier(campaign=campaign, title=title, text=text, amount_minor=amount, position=position))
    go_live(campaign, by=by, reviewer=Member.objects.get(email="admin@demo.example"), now=now)
    return campaign


def _grown(campaign: Campaign, *, days: int) -> None:
    """As if it had been launched so many days ago and been promised something now and then."""
    assert campaign.fund is not None  # noqa: S101  (launched ones have a fund)
    ago = datetime.timedelta(days=days)
    Fund.objects.filter(pk=campaign.fund.pk).update(opened_at=campaign.fund.opened_at - ago)
    promises = list(campaign.fund.commitments.order_by("pk"))
    for number, promise in enumerate(promises):
        assert promise.secured_at is not None  # noqa: S101  (its card was saved)
        promise.secured_at -= ago * (len(promises) - number) / (len(promises) + 1)
        promise.save(update_fields=["secured_at"])


def _draft(facility: Facility) -> None:
    """What a producer has begun, and what still lacks."""
    launching.save_draft(
        Campaign(
            facility=facility,
            title="A crane for the granary",
            slug="granary-crane",
            summary="Half a ton, up to the second floor.",
            story="We carry everything up a ladder.",
            minimum_minor=400_000,
            goal_minor=520_000,
            deadline_at=database_now() + datetime.timedelta(days=60),
        )
    )
