"""What the benchmarks run on: a workshop, campaigns, and supporters whose cards can be charged."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client
from uuid6 import uuid7

from campaigns import announcing, launching, pledging
from campaigns.models import Campaign, Comment, Pledge, Tier, Update
from csm.demo import lawful, workshop
from csm.demo.launching import go_live
from csm.local_stripe.process import LocalStripe
from facilities.models import Facility
from funding.models import Commitment, Tally
from members.clock import database_now
from members.models import Member, Organisation
from members.requests import member_of
from payments import connecting
from payments.models import Card, Customer
from payments.money import Money

STATE: dict[str, Any] = {}


def make(stripe: LocalStripe, now: datetime.datetime, mark: str) -> None:
    """The organisation, its workshop, and one saved card that everybody shares."""
    organisation = Organisation.objects.create(name="Bench eG", slug=f"bench-{mark}", kind="cooperative")
    lawful.publish(now)
    lawful.introduce(organisation)
    producer = Member.objects.create_user(f"producer-{mark}@example.org")
    receiver = connecting.connect(
        organisation=organisation,
        stripe_account=settings.STRIPE_ACCOUNT,
        currencies=["EUR"],
        statement_name="BENCH EG",
        now=now,
    )
    facility = workshop.werkhof(organisation, producer, now=now)
    method = stripe.control("POST", "cards", {"number": "4242424242424242"})
    where = {"stripe_account": receiver.stripe_account, "livemode": receiver.livemode}
    payer = Member.objects.create_user(f"payer-{mark}@example.org")
    customer = Customer.objects.create(member=payer, customer_id=method["customer"], created_at=now, **where)
    card = Card.objects.create(
        customer=customer,
        payment_method_id=method["id"],
        brand="visa",
        last4="4242",
        exp_month=12,
        exp_year=2034,
        saved_at=now,
        **where,
    )
    STATE.update(producer=producer, receiver=receiver, facility=facility, payer=payer, card=card, mark=mark)


def campaign(name: str) -> Campaign:
    """A launched campaign with a budget and three rewards."""
    facility: Facility = STATE["facility"]
    made = Campaign(
        facility=facility,
        title=name.title(),
        slug=f"{name}-{STATE['mark']}",
        summary="A bench.",
        story="**For measuring.**\n\n" + "A paragraph of a story. " * 20,
        minimum_minor=10_000,
        goal_minor=20_000,
        deadline_at=database_now() + datetime.timedelta(days=9),
    )
    launching.save_draft(made)
    for position in range(4):
        line = {"kind": "building", "label": f"Part {position}", "amount_minor": 5_000, "is_required": position < 2}
        made.budget.create(position=position, **line)
    for position in range(3):
        Tier.objects.create(campaign=made, title=f"Reward {position}", text="x", amount_minor=2_000, position=position)
    go_live(made, by=STATE["producer"], reviewer=STATE["payer"], now=database_now())
    return Campaign.objects.select_related("fund__account__receiver", "facility__organisation").get(pk=made.pk)


def make_lively(campaign: Campaign) -> None:
    """Thirty supporters with a name, two pieces of news, three comments."""
    now = database_now()
    promises = add_secured(campaign, 30)
    members = Member.objects.bulk_create(
        Member(email=f"{campaign.slug}-{number}@example.org", display_name=f"Supporter {number}")
        for number in range(30)
    )
    Pledge.objects.bulk_create(
        Pledge(campaign=campaign, member=member, commitment=promise, form_key=uuid7(), created_at=now)
        for member, promise in zip(members, promises, strict=True)
    )
    for title in ("It begins", "It goes on"):
        text = "Something **happened** that everybody should know. " * 5
        update = Update(campaign=campaign, title=title, text=text)
        announcing.write(update, by=STATE["producer"], now=now)
        announcing.publish(update, by=STATE["producer"], now=now)
    Comment.objects.bulk_create(
        Comment(campaign=campaign, member=members[place], text="How loud is it?", form_key=uuid7(), written_at=now)
        for place in range(3)
    )


def member_client(email: str) -> Client:
    """Somebody who is logged in."""
    member = Member.objects.create_user(f"{STATE['mark']}-{email}")
    client = Client()
    client.force_login(member)
    return client


def verb(request: HttpRequest, slug: str) -> HttpResponse:
    """What our own code does for a pledge, up to the moment when Stripe is asked for a page, in a bare view."""
    pledging.pledge(
        campaign=Campaign.objects.get(slug=slug),
        choices=[],
        amount=Money(2_500, "EUR"),
        form_key=uuid7(),
        accepted_from="127.0.0.1",
        success_url="http://127.0.0.1/",
        cancel_url="http://127.0.0.1/",
        by=member_of(request),
        now=database_now(),
    )
    return HttpResponseRedirect("/")


def add_secured(campaign: Campaign, number: int) -> list[Commitment]:
    """Many promises at once, as they stand after their cards were saved."""
    assert campaign.fund is not None
    now = database_now()
    common = {"fund": campaign.fund, "member": STATE["payer"], "currency": "EUR", "card": STATE["card"]}
    made = Commitment.objects.bulk_create(
        (
            Commitment(**common, maximum_minor=2_500, state="secured", created_at=now, secured_at=now)
            for _ in range(number)
        ),
        batch_size=1_000,
    )
    Tally.objects.bulk_create(
        (Tally(fund=campaign.fund, kind="secured", amount_minor=2_500, promises=1) for _ in range(number)),
        batch_size=1_000,
    )
    return made
