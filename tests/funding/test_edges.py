"""What happens just beside the usual way: pages nobody comes back from, cancels in between, money moving after the end."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from campaigns import pledging
from campaigns.choosing import Choice
from campaigns.models import Campaign
from csm import books
from csm.local_stripe.process import LocalStripe
from funding import closing, collecting, committing, settling, statement
from funding.models import Commitment, Fund
from payments import refunding, stripe_gateway
from payments.booking import Kind
from payments.models import CardSetup, Payment, Refund
from tests.campaigns.test_api import launched
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State


def finished_draft(cast: Cast, fund: Fund, amount: str) -> Commitment:
    """Somebody saved a card and closed the window; only Stripe's webhook told us."""
    row = cast.draft(fund, cast.person(f"p{Commitment.objects.count()}"), amount)
    assert row.setup is not None
    card = cast.saved_card(None, row.member)
    CardSetup.objects.filter(pk=row.setup.pk).update(state="complete", card=card)
    return row


def test_a_saved_card_counts_although_nobody_came_back(cast: Cast) -> None:
    row = finished_draft(cast, cast.fund("50.00"), "60.00")
    assert committing.finished_pages(limit=10) == [row.pk]
    committing.settle_draft(row.pk, now=cast.now)
    row.refresh_from_db()
    assert row.state == State.SECURED
    assert committing.finished_pages(limit=10) == []


def test_a_card_saved_in_time_is_counted_at_the_close(cast: Cast) -> None:
    fund = cast.fund("50.00")
    row = finished_draft(cast, fund, "60.00")
    at = fund.deadline_at
    closing.close_due(fund.pk, now=at)
    assert not closing.drained(now=at).exists()
    assert committing.claim_endable(now=at, limit=10) == [row.pk]
    committing.abandon(row.pk, now=at)
    assert closing.drained(now=at).get() == fund
    closing.fix(fund.pk, required=euro("50.00"), amounts=None, now=at)
    row.refresh_from_db()
    assert row.state == State.CHARGING


def test_what_cannot_be_ended_stands_in_nobodys_way(cast: Cast) -> None:
    fund = cast.fund("50.00")
    rows = [finished_draft(cast, fund, "1.00") for _ in range(4)]
    late = cast.now + committing.DRAFT_LIFETIME
    first = committing.claim_endable(now=late, limit=2)
    second = committing.claim_endable(now=late, limit=2)
    assert {*first, *second} == {row.pk for row in rows}
    assert committing.claim_endable(now=late, limit=2) == []
    assert len(committing.claim_endable(now=late + datetime.timedelta(minutes=2), limit=9)) == 4


def test_nobody_is_newly_charged_after_a_cancel(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    at = fund.deadline_at
    assert collecting.claim_due(now=at, limit=5) == [one.pk]
    closing.cancel(fund.pk, by=cast.petra, now=at, why="flood")
    collecting.collect(one.pk, now=at)
    assert not Payment.objects.exists()


def settled(cast: Cast, stripe: LocalStripe) -> tuple[Fund, Payment]:
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", stripe=stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    cast.run_out(fund)
    share = settling.Share(Kind.ORGANISER, cast.werkhof.pk, "Werkhof eG", settling.left(fund).minor)
    settling.settle(fund.pk, shares=[share], by=None, now=fund.deadline_at)
    return fund, cast.payment_of(one)


def test_what_is_returned_after_the_end_is_borne_by_name(cast: Cast, local_stripe: LocalStripe) -> None:
    fund, payment = settled(cast, local_stripe)
    assert not settling.stirred().exists()
    later = fund.deadline_at + datetime.timedelta(days=30)
    refunding.request_refund(payment=payment, amount=euro("60.00"), purpose="by hand", by=None, now=later)
    assert books.check() != []
    assert settling.stirred().get() == fund
    # Each minute's sweep looks at what was booked lately, the night's at everything.
    assert settling.stirred(since=later).get() == fund
    assert not settling.stirred(since=later + datetime.timedelta(seconds=1)).exists()
    assert settling.absorb(fund.pk, now=later)
    assert not settling.absorb(fund.pk, now=later)
    shown = statement.statement(fund.pk)
    assert not shown.left
    assert any("borne by" in line.label for line in shown.lines)
    assert books.check() == []


def test_a_refused_key_says_nothing_about_a_refund(cast: Cast, local_stripe: LocalStripe, settings: Any) -> None:
    _fund, payment = settled(cast, local_stripe)
    refund = refunding.request_refund(payment=payment, amount=euro("1.00"), purpose="x", by=None, now=cast.now)
    settings.STRIPE_SECRET_KEY = "sk_test_revoked"
    stripe_gateway.forget_client()
    assert refunding.send_refund(refund.pk, now=cast.now).state == Refund.State.UNKNOWN
    settings.STRIPE_SECRET_KEY = "sk_test_local"
    stripe_gateway.forget_client()
    later = cast.now + datetime.timedelta(minutes=10)
    assert refunding.send_refund(refund.pk, now=later).state in (Refund.State.SUCCEEDED, Refund.State.PENDING)


def test_a_launched_campaign_cannot_lose_its_fund(cast: Cast) -> None:
    campaign = launched(cast)
    for change in ({"fund": None}, {"minimum_minor": 1}, {"deadline_at": cast.now}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Campaign.objects.filter(pk=campaign.pk).update(**change)


def test_only_a_promise_that_stands_can_change_its_reward(cast: Cast) -> None:
    campaign = launched(cast)
    tier = campaign.tiers.get()
    words: dict[str, Any] = {"accepted_from": None, "by": cast.mia, "now": cast.now}
    pledge = pledging.pledge(
        campaign=campaign,
        choices=[],
        amount=euro("90.00"),
        form_key=cast.mia.pk,
        success_url="http://x/",
        cancel_url="http://x/",
        **words,
    )
    with pytest.raises(ValidationError) as refused:
        pledging.change(pledge, choices=[Choice(tier)], amount=euro("90.00"), **words)
    assert refused.value.code == "state_changed"
    tier.refresh_from_db()
    assert tier.taken == 0
    # The same form with another amount is not silently the first one.
    with pytest.raises(ValidationError) as refused:
        pledging.pledge(
            campaign=campaign,
            choices=[],
            amount=euro("10.00"),
            form_key=cast.mia.pk,
            success_url="http://x/",
            cancel_url="http://x/",
            **words,
        )
    assert refused.value.code == "form_reused"
