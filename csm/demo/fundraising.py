"""The campaigns of the demonstration, supported through the front door: the pledge, the hosted page, the card."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

import requests
from uuid6 import uuid7

from campaigns import launching, pledging
from campaigns.choosing import Choice
from campaigns.countries import EU
from campaigns.models import BudgetLine, Campaign, ShippingRate, Tier
from csm.demo.people import BACKERS, person
from facilities.models import Facility
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
_LASER_STORY = """
Our laser cutter has a tired tube. A new one, with a proper chiller, lets us run two evenings more each week.

This is a small campaign, and it **closes a few minutes after this demonstration starts**: watch what the worker does.
"""
_KNITTING_STORY = """
A knitting machine for the textile corner. Too few of us wanted it this time, so nobody was charged.
"""


def _campaign(
    facility: Facility, by: Member, *, closes: datetime.timedelta, window_minutes: int, **words: object
) -> Campaign:
    now = database_now()
    budget, tiers = words.pop("budget"), words.pop("tiers")
    campaign = Campaign(facility=facility, deadline_at=now + closes, window_minutes=window_minutes, **words)
    launching.save_draft(campaign)
    assert isinstance(budget, tuple)  # noqa: S101
    assert isinstance(tiers, tuple)  # noqa: S101
    for position, (kind, label, amount) in enumerate(budget):
        launching.save_line(
            BudgetLine(campaign=campaign, kind=kind, label=label, amount_minor=amount, position=position)
        )
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
    launching.launch(campaign, by=by, now=now)
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
        minimum_minor=1_450_000,
        goal_minor=1_900_000,
        budget=(
            ("machine", "CNC router 2500 × 1250 mm, used, with spindle", 1_120_000),
            ("machine", "Dust extraction", 240_000),
            ("building", "Three-phase connection and floor", 310_000),
            ("labour", "Installation and first course, 60 hours", 144_000),
            ("reserve", "Spare parts for the first year", 46_000),
            ("fees", "Card fees and expected card losses", 40_000),
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
            ("machine", "CO₂ tube, 130 W", 78_000),
            ("machine", "Chiller", 32_000),
            ("labour", "Fitting and alignment, 3 hours", 7_200),
            ("fees", "Card fees and expected card losses", 2_800),
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
        budget=(("machine", "Knitting machine, 200 needles", 300_000),),
        tiers=(("Scarf", "Knitted by whoever is there.", 4_500, None, {"handing": "collect"}),),
    )


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
