"""Refunds that people ask for, one after another: each does what it says, or says why not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from csm import books
from csm.local_stripe.process import LocalStripe
from payments import refunding
from payments.models import Payment, Refund
from tests.cast import Cast, euro
from tests.csm.test_admin import change_url, staff
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
