"""Refunds, disputes and webhooks: reserved once, blocked while disputed, applied once, explained or alarmed."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
import requests
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client

from csm import books
from csm.local_stripe.process import LocalStripe
from payments import inbox, making_good, reconciling, refunding, stripe_gateway
from payments.booking import Kind, balance, sibling
from payments.models import Alarm, Dispute, Payment, Refund, WebhookEvent
from payments.stripe_gateway import AccountRef
from tests import cast as cards
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(cast: Cast, local_stripe: LocalStripe) -> Payment:
    """60.00 that arrived."""
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    return Payment.objects.select_related("credit_account__receiver").get(pk=cast.payment_of(promise).pk)


def give_back(payment: Payment, amount: str, purpose: str, now: datetime.datetime) -> Refund:
    return refunding.request_refund(payment=payment, amount=euro(amount), purpose=purpose, by=None, now=now)


def events_of(payment: Payment) -> list[dict[str, Any]]:
    account = AccountRef(payment.stripe_account, payment.livemode)
    return list(stripe_gateway.list_events(account))


def deliver(event: dict[str, Any], now: datetime.datetime) -> WebhookEvent:
    row = WebhookEvent.objects.create(
        stripe_account="acct_local_main",
        livemode=False,
        event_id=event["id"],
        kind=event["type"],
        object_id=event["data"]["object"]["id"],
        payload=event,
        received_at=now,
        next_try_at=now,
    )
    return inbox.apply_event(row.pk, now=now)


def test_no_more_goes_back_than_arrived(cast: Cast, payment: Payment) -> None:
    first = give_back(payment, "40.00", "a", cast.now)
    assert give_back(payment, "40.00", "a", cast.now) == first  # the same purpose is one refund
    with pytest.raises(ValidationError) as refused:
        give_back(payment, "20.01", "b", cast.now)
    assert refused.value.code == "refund_exceeds_payment"
    give_back(payment, "20.00", "b", cast.now)
    assert books.check() == []


def test_a_disputed_payment_is_not_refunded_and_a_lost_one_is_a_cost(
    cast: Cast, payment: Payment, local_stripe: LocalStripe
) -> None:
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    for event in events_of(payment):
        if event["type"].startswith("charge.dispute."):
            deliver(event, cast.now)
    payment.refresh_from_db()
    assert payment.disputed_minor == 60_00
    assert Alarm.objects.get().key == f"dispute:{made['id']}"
    with pytest.raises(ValidationError) as refused:
        give_back(payment, "1.00", "a", cast.now)
    assert refused.value.code == "refund_while_disputed"
    local_stripe.control("POST", f"disputes/{made['id']}/lose")
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert Dispute.objects.get().state == Dispute.State.LOST
    assert not balance(sibling(payment.credit_account, Kind.DISPUTE_HELD))
    assert books.check() == []


@pytest.mark.parametrize(("end", "state", "owed"), [("lose", "declined", 0), ("win", "succeeded", 0)])
def test_a_refund_waits_for_the_end_of_a_dispute_that_came_first(
    cast: Cast, payment: Payment, local_stripe: LocalStripe, end: str, state: str, owed: int
) -> None:
    """The payer gets the money back once: from the bank when the dispute is lost, by the refund when it is won."""
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    refund = give_back(payment, "60.00", "fund-returned", cast.now)
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    assert refunding.send_refund(refund.pk, now=cast.now).state == Refund.State.UNKNOWN  # nobody has told us yet
    reconciling.reconcile(cast.receiver, now=cast.now)
    later = cast.now + datetime.timedelta(minutes=10)
    before = refunding.send_refund(refund.pk, now=later).tries
    assert before == 1  # known now: Stripe is not even asked
    local_stripe.control("POST", f"disputes/{made['id']}/{end}")
    reconciling.reconcile(cast.receiver, now=later)
    assert refunding.send_refund(refund.pk, now=later).state == state
    reconciling.reconcile(cast.receiver, now=later)
    payment.refresh_from_db()
    assert payment.refunding_minor == (60_00 if end == "win" else 0)
    assert balance(sibling(payment.credit_account, Kind.REFUNDS_OWED)).minor == owed
    assert not balance(payment.credit_account)
    assert not Alarm.objects.exclude(key__startswith="dispute:").exists()
    assert books.check() == []


def test_a_won_dispute_brings_the_money_back(cast: Cast, payment: Payment, local_stripe: LocalStripe) -> None:
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    reconciling.reconcile(cast.receiver, now=cast.now)
    local_stripe.control("POST", f"disputes/{made['id']}/win")
    reconciling.reconcile(cast.receiver, now=cast.now)
    payment.refresh_from_db()
    assert (payment.disputed_minor, Dispute.objects.get().state) == (0, Dispute.State.WON)
    assert not balance(sibling(payment.credit_account, Kind.DISPUTE_HELD))
    assert balance(payment.credit_account).minor == -60_00
    assert books.check() == []


def test_a_refund_that_the_bank_does_not_take_is_a_visible_debt(cast: Cast, local_stripe: LocalStripe) -> None:
    local_stripe.control("POST", "topups", {"amount": 50_00, "currency": "eur"})
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", number=cards.REFUND_FAILS, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    payment = Payment.objects.select_related("credit_account__receiver").get(pk=cast.payment_of(promise).pk)
    refund = give_back(payment, "60.00", "a", cast.now)
    refunding.send_refund(refund.pk, now=cast.now)
    refund.refresh_from_db()
    local_stripe.control("POST", f"refunds/{refund.refund_id}/fail")
    reconciling.reconcile(cast.receiver, now=cast.now)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert balance(sibling(payment.credit_account, Kind.REFUNDS_OWED)).minor == -60_00
    making_good.settle_by_hand(refund, how="IBAN of the mail of 3 May", by=cast.theo, now=cast.now)
    assert not balance(sibling(payment.credit_account, Kind.REFUNDS_OWED))
    assert books.check() == []


def test_events_again_and_out_of_order_change_nothing(cast: Cast, payment: Payment) -> None:
    before = balance(payment.credit_account)
    for event in events_of(payment):  # newest first, which is the wrong way round
        assert deliver(event, cast.now).state in ("applied", "ignored")
    assert balance(payment.credit_account) == before
    assert books.check() == []


def test_a_forged_event_is_not_even_kept(cast: Cast, payment: Payment) -> None:
    body = json.dumps(events_of(payment)[0])
    for signature in ("", "t=1,v1=00", "nonsense"):
        answer = Client().post(
            "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        assert answer.status_code == 400
    assert not WebhookEvent.objects.exists()


def test_what_nobody_knows_raises_an_alarm(cast: Cast, payment: Payment, local_stripe: LocalStripe) -> None:
    customer = payment.customer.customer_id
    made = local_stripe.control("POST", "cards", {"number": cards.OK, "customer": customer})
    body = {
        "amount": 500,
        "currency": "eur",
        "customer": customer,
        "payment_method": made["id"],
        "confirm": "true",
        "off_session": "true",
    }
    answer = requests.post(
        f"{local_stripe.url}/v1/payment_intents", body, headers={"Authorization": "Bearer sk_test_local"}, timeout=10
    )
    assert answer.status_code == 200, answer.text
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert Alarm.objects.filter(closed_at=None).exists()
    assert {alarm.key.split(":")[0] for alarm in Alarm.objects.all()} >= {"foreign"}


def test_stripe_is_never_called_inside_a_transaction(cast: Cast, payment: Payment) -> None:
    account = AccountRef(payment.stripe_account, payment.livemode)
    with pytest.raises(stripe_gateway.InsideTransaction), transaction.atomic():
        stripe_gateway.retrieve_balance(account)
