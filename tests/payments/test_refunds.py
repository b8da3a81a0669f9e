"""Refunds that people ask for, one after another: each does what it says, or says why not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import requests
from django.core.exceptions import ValidationError

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import closing as fund_closing
from funding import deciding
from orders import closing
from orders.models import Order, Run
from payments import inbox, reconciling, refunding
from payments.booking import Kind, balance, sibling
from payments.models import Alarm, Payment, Refund
from payments.stripe_gateway import AccountRef
from tests.cast import Cast, euro
from tests.csm.test_admin import change_url, staff
from tests.orders.test_run import Batch
from tests.payments.test_partial_disputes import bank_says

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(cast: Cast, local_stripe: LocalStripe) -> Payment:
    """60.00 that arrived."""
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    return Payment.objects.select_related("credit_account__receiver").get(pk=cast.payment_of(promise).pk)


def do(row: Any, verb: str) -> str:
    return change_url(row).replace("change/", f"do/{verb}/")


def test_who_was_turned_down_can_ask_again_in_the_same_words(cast: Cast, payment: Payment, settings: Any) -> None:
    settings.REFUND_APPROVAL_MINOR = 10_00
    theo, tamara = staff(cast.theo), staff(cast.person("tamara", "treasurer"))
    for number in (1, 2, 3):
        theo.post(do(payment, "return"), {"why": "It came broken, says the mail of 3 May, and nobody can mend it."})
        refund = Refund.objects.get(state=Refund.State.PROPOSED)
        assert Refund.objects.count() == number
        tamara.post(do(refund, "decline"), {"why": "not yet"})
    # A second click is no second refund.
    for _ in range(2):
        theo.post(do(payment, "return"), {"why": "broken"})
    tamara.post(do(Refund.objects.get(state=Refund.State.PROPOSED), "approve"))
    assert Refund.objects.filter(state=Refund.State.PREPARED).count() == 1
    assert books.check() == []


def test_nothing_less_than_nothing_is_offered_or_returned(cast: Cast, payment: Payment) -> None:
    theo = staff(cast.theo)
    theo.post(do(payment, "return"), {"why": "double"})
    refunding.send_refund(Refund.objects.get().pk, now=cast.now + datetime.timedelta(days=1))
    for status in ("needs_response", "lost"):
        bank_says(payment, status, 60_00, cast)
    assert payment.returnable == euro("-60.00")
    assert theo.get(do(payment, "return")).status_code == 404
    for amount in (payment.returnable, euro("0.00")):
        with pytest.raises(ValidationError) as refusal:
            refunding.request_refund(payment=payment, amount=amount, purpose="again", by=None, now=cast.now)
        assert refusal.value.code == "amount_not_positive"


def returned_at_stripe(stripe: LocalStripe, payment: Payment, amount: int, **told: str) -> str:
    """The organiser opens Stripe's dashboard and returns a payment there; Stripe's id of it."""
    body = {"payment_intent": payment.intent_id, "amount": amount, **told}
    headers = {"Authorization": "Bearer sk_test_local"}
    answer = requests.post(f"{stripe.url}/v1/refunds", body, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def hear_of(refund_id: str, payment: Payment, now: datetime.datetime) -> None:
    """Stripe's event about it arrives."""
    inbox._refund({"id": refund_id}, AccountRef(payment.stripe_account, payment.livemode), now)


def test_no_production_on_money_that_was_returned_at_stripe_itself(cast: Cast, local_stripe: LocalStripe) -> None:
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    batch = Batch(cast, local_stripe)
    order, at = batch.order(3), batch.run.fund.deadline_at
    fund_closing.close_due(batch.run.fund_id, now=at)
    closing.fix(batch.run.pk, now=at)
    cast.collect_all(at)
    payment = cast.payment_of(Order.objects.get(pk=order.pk).commitment)
    hear_of(returned_at_stripe(local_stripe, payment, payment.received_minor), payment, at)
    deciding.decide(batch.run.fund_id, now=at)
    closing.release(batch.run.pk, now=at)
    run = Run.objects.select_related("fund").get()
    assert (run.state, run.fund.state) == (Run.State.OPEN, "refunding")
    assert books.check() == []


def test_a_refund_made_at_stripe_is_noted_once_and_told_loudly(
    cast: Cast, payment: Payment, local_stripe: LocalStripe
) -> None:
    made = returned_at_stripe(local_stripe, payment, 20_00)
    for _ in range(2):
        hear_of(made, payment, cast.now)
        reconciling.reconcile(cast.receiver, now=cast.now)
    payment.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.state, refund.refund_id, payment.returnable) == (Refund.State.SUCCEEDED, made, euro("40.00"))
    assert balance(payment.credit_account) == euro("-40.00")
    assert not balance(sibling(payment.credit_account, Kind.REFUNDS_OWED))
    assert [alarm.key for alarm in Alarm.objects.all()] == [f"refund-at-stripe:{made}"]
    assert books.check() == []


def test_a_refund_at_stripe_of_what_we_return_already_stays_an_alarm(
    cast: Cast, payment: Payment, local_stripe: LocalStripe
) -> None:
    refunding.request_refund(payment=payment, amount=euro("60.00"), purpose="x", by=None, now=cast.now)
    made = returned_at_stripe(local_stripe, payment, 60_00)
    hear_of(made, payment, cast.now)
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert Refund.objects.count() == 1
    assert f"foreign:{made}" in Alarm.objects.values_list("key", flat=True)
    payment.refresh_from_db()
    assert not payment.returnable
