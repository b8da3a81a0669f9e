"""Fills an empty installation with the demonstration and says what there is to see."""

from __future__ import annotations

import datetime
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from campaigns.models import Campaign
from csm.demo import batches, designs, fundraising, people, talk, towns, workshop
from csm.local_stripe.cards import CARDS
from members.clock import database_now
from members.models import Member

CLOSES_IN = datetime.timedelta(minutes=3)
WINDOW_MINUTES = 2


class Command(BaseCommand):
    """Run by `dev.py run`; does nothing but speak when the demonstration is there already."""

    help = "Fill an empty installation with a demonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError in production: the log-ins are public."""
        if settings.PRODUCTION:
            raise CommandError("The demonstration has public passwords and is not for production.")
        if not Campaign.objects.exists():
            self._seed()
        self.stdout.write(self._words())

    def _seed(self) -> None:
        organisation, _receiver = people.cooperative(database_now())
        producer = Member.objects.get(email="producer@demo.example")
        facility = workshop.werkhof(organisation, producer, now=database_now())
        stool = designs.stool(producer, now=database_now())
        lid = designs.barrel_lid(producer, now=database_now())
        backers = fundraising.backers()
        router = fundraising.router(facility, producer, stool)
        stools = batches.batch(
            stool, facility, producer, units=(12, 40), closes_in=datetime.timedelta(days=12), window_minutes=7 * 24 * 60
        )
        for backer, units in zip(backers[2:6], (2, 4, 1, 1), strict=True):
            batches.order(stools, backer, units)
        towns.settle_in(organisation, producer, backers)
        knitting = fundraising.knitting(facility, producer)
        fundraising.saw(facility, producer)
        for backer, (amount, rewards) in zip(
            backers,
            (
                (2_100, {"postcard": 1}),
                (9_000, {"router": 1}),
                (32_000, {"stool": 2}),
                (50_000, {}),
                (120_000, {"firm": 1}),
                (2_500, {"postcard": 1}),
                (13_500, {"router": 1, "postcard": 2}),
            ),
            strict=False,
        ):
            fundraising.support(router, backer, amount, rewards=rewards)
        fundraising.support(knitting, backers[0], 4_500)
        talk.about_the_router(router, producer, backers)
        # Stripe keeps its fees when money goes back: the organiser's own money stands by for that.
        if settings.STRIPE_API_BASE != "https://api.stripe.com":
            topup: dict[str, str | int] = {"amount": 20_000, "currency": "eur"}
            requests.post(f"{settings.STRIPE_API_BASE}/_local/topups", json=topup, timeout=10).raise_for_status()
        laser = fundraising.laser(facility, producer, closes_in=CLOSES_IN, window_minutes=WINDOW_MINUTES)
        for backer in backers[:8]:
            fundraising.support(laser, backer, 9_500, rewards={"evening": 1})
        for backer in backers[8:10]:
            fundraising.support(laser, backer, 9_500)
        fundraising.support(laser, backers[10], 8_000, fundraising.DECLINED_ONCE)
        fundraising.support(laser, backers[11], 6_000, fundraising.NEVER_AGAIN)
        lids = batches.batch(lid, facility, producer, units=(6, 12), closes_in=CLOSES_IN, window_minutes=WINDOW_MINUTES)
        for backer, units in zip(backers[6:9], (4, 3, 2), strict=True):
            batches.order(lids, backer, units)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _words(self) -> str:
        site = settings.SITE_URL
        lines = [
            "",
            f"  CSM is at  {site}",
            f"  Its mails are read at  {site}/outbox/",
            "",
            f"  Log in with (password {people.PASSWORD}):",
        ]
        for email, role in (
            ("member@demo.example", "member"),
            ("producer@demo.example", "producer"),
            ("operator@demo.example", "operator"),
            ("admin@demo.example", "administrator, reviews campaigns"),
        ):
            lines.append(f"    {email:<24} {role}")
        lines += ["", "  Test cards (any later date, any CVC):"]
        for number in ("4242424242424242", "4000000000000341", "4000000000000036", "4000002760003184"):
            lines.append(f"    {number}  {CARDS[number].label}")
        laser = Campaign.objects.filter(slug="laser-tube").select_related("fund").first()
        if laser is not None and laser.fund is not None:
            closes = laser.fund.deadline_at
            left = int((closes - database_now()).total_seconds())
            lines += ["", f"  {site}{laser.get_absolute_url()}"]
            if left > 0:
                lines += [
                    f"    closes by itself in {left // 60} min {left % 60} s: the worker charges twelve saved cards.",
                    "    One is declined once and tried again, one is forbidden by its bank and dropped after",
                    f"    {WINDOW_MINUTES} minutes; then what arrived decides, and the account is public.",
                    "    A batch of rain-barrel lids closes with it, and gets its go-ahead on the money that arrived:",
                    f"    {site}/batches/",
                ]
            else:
                lines.append("    has closed; its account is public.")
        return "\n".join(lines) + "\n"
