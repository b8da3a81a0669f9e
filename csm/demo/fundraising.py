"""The campaigns of the demonstration, supported through the front door: the pledge, the hosted page, the card."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

import requests
from uuid6 import uuid7

from campaigns import answering, launching, picturing, pledging, reviewing
from campaigns.choosing import Choice
from campaigns.countries import EU
from campaigns.models import BudgetLine, Campaign, Faq, ShippingRate, StretchGoal, Tier
from csm.demo import drawings
from csm.demo.launching import agree, go_live
from csm.demo.people import BACKERS, person
from facilities import furnishing
from facilities.models import Facility, Machine
from funding import committing
from members.clock import database_now
from members.models import Member
from payments.money import Money
from products.models import Revision

OK = "4242424242424242"
DECLINED_ONCE = "4000000000000036"
NEVER_AGAIN = "4000000000009979"

_ROUTER_STORY = """
The joinery next door closes, and with it goes the last machine in town that can cut a full sheet of plywood.
We want to keep that ability where it is used: **a CNC router of our own**, in the hall at the harbour, open to all.

## What we do with it

- furniture, boat interiors and shop fittings, cut from open designs
- courses for apprentices of three local firms
- repair parts that nobody sells any more

## What happens with your money

Nothing is charged before the deadline. If the minimum is not promised by then, nobody pays. Every euro and every
bill is in the public account of this campaign.
"""
_ROUTER_TEAM = """
**Petra Lindner** learned joinery in this hall and keeps its books. **Olga Sommer** ran routers in a shipyard for nine
years; she sets ours up and teaches. Twelve members of the co-operative help.
"""
_ROUTER_RISKS = """
- *The machine is used.* Its spindle may need new bearings: the reserve pays for them once.
- *The grid.* The three-phase connection is promised for spring; if it comes later, so does the router.
- *Too little arrives.* Then everything goes back, and the co-operative bears the fees.
"""
_LASER_STORY = """
Our laser cutter has a tired tube. A new one, with a proper chiller, lets us run two evenings more each week.

This is a small campaign, and it **closes a few minutes after this demonstration starts**: watch what the worker does.
"""
_SAW_STORY = """
Three hundred trees come down in our town each year, and all of them are burnt. With a **band saw for green wood** they
become boards, and the boards become benches.

The saw stands in the yard under a roof. Whoever brings a log pays for the hour at cost.
"""
_KNITTING_STORY = """
A knitting machine for the textile corner. Too few of us wanted it this time, so nobody was charged.
"""


def _planned(facility: Facility, name: str, process: str) -> Machine:
    """The machine that a line buys, planned before or now."""
    found = facility.machines.filter(process=process, state=Machine.State.PLANNED).first()
    return found or furnishing.plan_machine(facility=facility, name=name, process=process)


def _draft(
    facility: Facility, by: Member, *, closes: datetime.timedelta, window_minutes: int, **words: Any
) -> Campaign:
    now = database_now()
    budget, tiers, beyond = words.pop("budget"), words.pop("tiers"), words.pop("beyond", ())
    pictures, faq = words.pop("pictures", ()), words.pop("faq", ())
    campaign = Campaign(facility=facility, deadline_at=now + closes, window_minutes=window_minutes, **words)
    launching.save_draft(campaign)
    for position, (kind, label, amount, *more) in enumerate(budget):
        line = BudgetLine(campaign=campaign, kind=kind, label=label, amount_minor=amount, position=position)
        line.is_required = "later" not in more
        if kind == "machine":
            line.machine = _planned(facility, label, more[0])
        launching.save_line(line)
    for data, alt in pictures:
        picturing.add(campaign, data=data, alt=alt, is_cover=False, by=by, now=now)
    for question, answer in faq:
        answering.save_answer(Faq(campaign=campaign, question=question, answer=answer))
    for amount, title, unlocks in beyond:
        launching.save_line(StretchGoal(campaign=campaign, amount_minor=amount, title=title, unlocks=unlocks))
    for position, (title, text, amount, cap, more) in enumerate(tiers):
        fields = {key: value for key, value in more.items() if key != "rates"}
        tier = Tier(
            campaign=campaign, title=title, text=text, amount_minor=amount, cap=cap, position=position, **fields
        )
        launching.save_line(tier)
        launching.save_rates(
            tier,
            [
                ShippingRate(tier=tier, countries=where, first_minor=first, more_minor=each)
                for where, first, each in more.get("rates", ())
            ],
        )
    return campaign


def _campaign(facility: Facility, by: Member, **words: Any) -> Campaign:
    campaign = _draft(facility, by, **words)
    go_live(campaign, by=by, reviewer=Member.objects.get(email="admin@demo.example"), now=database_now())
    return campaign


def router(facility: Facility, by: Member, stool: Revision) -> Campaign:
    """The long one."""
    later = (database_now() + datetime.timedelta(days=120)).date()
    return _campaign(
        facility,
        by,
        closes=datetime.timedelta(days=23),
        window_minutes=7 * 24 * 60,
        title="A CNC router for the harbour",
        slug="cnc-router",
        summary="Cut full sheets where they are needed: furniture, boats, shop fittings, from open designs.",
        story=_ROUTER_STORY,
        team=_ROUTER_TEAM,
        risks=_ROUTER_RISKS,
        video_url="https://peertube.example/w/harbour-router",
        pictures=(
            (drawings.hall(), "The hall at the harbour with a router under its three windows, drawn"),
            (drawings.sheet(), "The parts of three stools on a sheet of plywood, drawn"),
        ),
        faq=(
            ("Do I have to know how to use it?", "No. Somebody shows you, and stays in the room for your first hours."),
            (
                "What does an hour cost afterwards?",
                "What it costs us: at today's prices about **12 euros**, each part of it public.",
            ),
            (
                "Why a used machine?",
                "A new one costs three times as much, and this one was looked after. We saw it run.",
            ),
        ),
        minimum_minor=1_450_000,
        goal_minor=1_900_000,
        budget=(
            ("machine", "CNC router 2500 × 1250 mm, used, with spindle", 1_020_000, "cnc-routing"),
            ("building", "Three-phase connection and floor", 210_000),
            ("labour", "Installation, 40 hours", 96_000),
            ("material", "Dust extraction", 240_000, "later"),
            ("reserve", "Spare parts for the first year", 87_500, "later"),
            ("organising", "Organising, 45 hours", 108_000, "later"),
            ("rewards", "Rewards for 120 supporters, with delivery", 60_000, "later"),
            ("fees", "Card fees for 120 payments", 31_500, "later"),
            ("losses", "Cards that fail, 2.5 %", 47_000, "later"),
        ),
        beyond=(
            (2_300_000, "A vacuum table", "Thin sheets and veneers lie flat without screws."),
            (2_700_000, "A second spindle", "Drilling and milling in one go: an hour on the machine makes more."),
        ),
        tiers=(
            (
                *("Postcard", "A card cut from the first offcut, and our thanks.", 2_000, None),
                {"handing": "shipped", "rates": ((["DE"], 100, 0), ([], 180, 0)), "withdrawal_days": 0},
            ),
            (
                *("Stool, early", "The open plywood stool, for those who come first.", 12_500, 10),
                {
                    **_a_stool(stool, later),
                    "available_until_at": database_now() + datetime.timedelta(days=5),
                },
            ),
            ("Stool", "The open plywood stool, cut in the first weeks.", 14_000, 40, _a_stool(stool, later)),
            (
                *("An evening at the router", "Four hours with somebody who shows you how.", 9_000, 24),
                {"gives": "machine_hours", "hours": 4, "estimated_on": later, "withdrawal_days": 0},
            ),
            (
                *("Founding firm", "A day on the machine each quarter of the first year.", 120_000, 6),
                {"gives": "machine_hours", "hours": 32, "estimated_on": later, "withdrawal_days": 0},
            ),
            (
                *("Join us", "Come to the next general assembly, and apply to become a member.", 15_000, None),
                {"gives": "membership", "withdrawal_days": 0},
            ),
        ),
    )


def _a_stool(stool: Revision, later: datetime.date) -> dict[str, Any]:
    return {
        "gives": "product",
        "revision": stool,
        "units": 1,
        "handing": "shipped",
        "estimated_on": later,
        "rates": ((["DE"], 1_490, 900), ([code for code in EU if code != "DE"], 2_900, 1_900)),
    }


def laser(facility: Facility, by: Member, *, closes_in: datetime.timedelta, window_minutes: int) -> Campaign:
    """The one that closes before the eyes of a newcomer."""
    return _campaign(
        facility,
        by,
        closes=closes_in,
        window_minutes=window_minutes,
        title="A new tube for the laser",
        slug="laser-tube",
        summary="Two more open evenings a week, with a tube and a chiller that last.",
        story=_LASER_STORY,
        minimum_minor=100_000,
        goal_minor=120_000,
        budget=(
            ("material", "CO₂ tube, 130 W", 78_000),
            ("labour", "Fitting and alignment, 3 hours", 7_200),
            ("material", "Chiller", 30_200, "later"),
            ("fees", "Card fees and expected card losses", 4_600, "later"),
        ),
        tiers=(
            ("Key ring", "Cut by the new tube.", 1_500, None, {"handing": "collect"}),
            (
                *("First evening", "You cut first: ten places.", 6_000, 10),
                {"gives": "machine_hours", "hours": 4, "withdrawal_days": 0},
            ),
        ),
    )


def knitting(facility: Facility, by: Member) -> Campaign:
    """The one that was not wanted enough; it closes at once."""
    return _campaign(
        facility,
        by,
        closes=datetime.timedelta(seconds=20),
        window_minutes=1,
        title="A knitting machine",
        slug="knitting-machine",
        summary="For the textile corner.",
        story=_KNITTING_STORY,
        minimum_minor=300_000,
        goal_minor=300_000,
        budget=(("machine", "Knitting machine, 200 needles", 300_000, "knitting"),),
        tiers=(("Scarf", "Knitted by whoever is there.", 4_500, None, {"handing": "collect"}),),
    )


def saw(facility: Facility, by: Member) -> Campaign:
    """The one that waits for a reviewer."""
    campaign = _draft(
        facility,
        by,
        closes=datetime.timedelta(days=40),
        window_minutes=7 * 24 * 60,
        title="A band saw for green wood",
        slug="band-saw",
        summary="Boards from the trees of our own town, sawn where they are needed.",
        story=_SAW_STORY,
        pictures=((drawings.log(), "The end of a log with its rings, and the boards that it becomes, drawn"),),
        minimum_minor=420_000,
        goal_minor=560_000,
        budget=(
            ("machine", "Band saw, 400 mm, used", 340_000, "sawing"),
            ("building", "Roof over the yard", 80_000),
            ("labour", "Setting up, 15 hours", 36_000, "later"),
            ("reserve", "Blades for the first year", 73_600, "later"),
            ("fees", "Card fees for 80 payments", 10_400, "later"),
            ("losses", "Cards that fail, 3.6 %", 20_000, "later"),
        ),
        tiers=(
            ("Cutting board", "From the first ash tree.", 3_500, 60, {"handing": "collect"}),
            (
                *("A morning at the saw", "Bring your own log.", 12_000, 12),
                {"gives": "machine_hours", "hours": 4, "withdrawal_days": 0},
            ),
        ),
    )
    agree(campaign, by=by, now=database_now())
    reviewing.submit(campaign, by=by, now=database_now())
    return campaign


def backers() -> list[Member]:
    return [person(f"backer{number}@demo.example", name) for number, name in enumerate(BACKERS, 1)]


def support(
    campaign: Campaign, member: Member, amount: int, number: str = OK, rewards: dict[str, int] | None = None
) -> None:
    """One member's support, with a card saved on the hosted page by filling in its form; `{"stool": 2}` is two of “Stool”."""
    tiers = {tier.title.split()[-1].lower(): tier for tier in campaign.tiers.all()}
    now = database_now()
    made = pledging.pledge(
        campaign=campaign,
        country="DE",
        choices=[Choice(tiers[name], quantity) for name, quantity in (rewards or {}).items()],
        amount=Money(amount, campaign.currency),
        form_key=uuid7(),
        accepted_from="127.0.0.1",
        success_url="http://127.0.0.1/",
        cancel_url="http://127.0.0.1/",
        by=member,
        now=now,
    )
    save_card(made.commitment_id, member, number)


def save_card(commitment_id: UUID, member: Member, number: str) -> None:
    """Fill in the form of the hosted page, as a person would."""
    page = committing.open_card_page(commitment_id, now=database_now())
    card = {"number": number, "expiry": "12/34", "cvc": "123", "name": member.display_name}
    requests.post(page, card, allow_redirects=False, timeout=10).raise_for_status()
    committing.settle_draft(commitment_id, now=database_now())
