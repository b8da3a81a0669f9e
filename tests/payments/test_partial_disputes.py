"""A bank may take back a part of a payment: the rest stays, counts as little as before, and can be returned."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import calling, returning
from funding.models import Fund
from payments import disputing, refunding
from payments.booking import Kind, balance, sibling
from payments.models import Dispute, Payment
from payments.stripe_gateway import AccountRef
from tests import cast as cards
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(cast: Cast, local_stripe: LocalStripe) -> Payment:
    """60.00 that arrived, where 100.00 were needed and another card is still declined."""
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    fund = cast.fund("100.00")
    good = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    return Payment.objects.select_related("credit_account__receiver").get(pk=cast.payment_of(good).pk)


def bank_says(payment: Payment, status: str, amount: int, cast: Cast, key: str = "dp_part") -> None:
    """Stripe tells of a dispute about a part of a payment, and of the money that moved for it."""
    moves = [(-amount, "took"), (amount, "gave")] if status == "won" else [(-amount, "took")]
    moment = int(cast.now.timestamp())
    told: dict[str, Any] = {
        "id": key,
        "payment_intent": payment.intent_id,
        "status": status,
        "amount": amount,
        "currency": "eur",
        "reason": "fraudulent",
        "balance_transactions": [
            {
                "id": f"txn_{key}_{name}",
                "source": key,
                "type": "adjustment",
                "amount": moved,
                "fee": 0,
                "currency": "eur",
                "created": moment,
                "available_on": moment,
            }
            for moved, name in moves
        ],
    }
    disputing.apply_dispute(told, account=AccountRef(payment.stripe_account, payment.livemode), now=cast.now)
    payment.refresh_from_db()


def refusal(payment: Payment, amount: str, cast: Cast) -> str:
    """The code with which a refund of `amount` is refused; nothing when it is reserved."""
    try:
        refunding.request_refund(payment=payment, amount=euro(amount), purpose=amount, by=None, now=cast.now)
    except ValidationError as refused:
        return str(refused.code)
    return ""


def test_while_the_bank_holds_a_part_nothing_is_returned(cast: Cast, payment: Payment) -> None:
    bank_says(payment, "needs_response", 20_00, cast)
    assert (payment.disputed_minor, payment.returnable) == (20_00, euro("40.00"))
    assert refusal(payment, "1.00", cast) == "refund_while_disputed"
    assert balance(sibling(payment.credit_account, Kind.DISPUTE_HELD)).minor == 20_00
    assert books.check() == []


def test_when_a_part_is_lost_the_rest_can_be_returned_and_no_cent_more(cast: Cast, payment: Payment) -> None:
    bank_says(payment, "needs_response", 20_00, cast)
    bank_says(payment, "lost", 20_00, cast)
    assert refusal(payment, "40.01", cast) == "refund_exceeds_payment"
    assert refusal(payment, "15.00", cast) == ""
    payment.refresh_from_db()
    assert payment.returnable == euro("25.00")
    assert refusal(payment, "25.01", cast) == "refund_exceeds_payment"
    assert refusal(payment, "25.00", cast) == ""
    assert not balance(payment.credit_account)
    assert not balance(sibling(payment.credit_account, Kind.DISPUTE_HELD))
    assert books.check() == []


def test_when_a_part_is_won_all_of_it_is_there_again(cast: Cast, payment: Payment) -> None:
    bank_says(payment, "needs_response", 20_00, cast)
    bank_says(payment, "won", 20_00, cast)
    assert (payment.disputed_minor, payment.returnable) == (0, euro("60.00"))
    assert refusal(payment, "60.00", cast) == ""
    assert books.check() == []


def test_two_disputes_of_one_payment_add_up(cast: Cast, payment: Payment) -> None:
    bank_says(payment, "needs_response", 20_00, cast, "dp_one")
    bank_says(payment, "needs_response", 10_00, cast, "dp_two")
    bank_says(payment, "lost", 20_00, cast, "dp_one")
    assert payment.disputed_minor == 30_00
    assert refusal(payment, "30.00", cast) == "refund_while_disputed"  # the other one is still open
    bank_says(payment, "won", 10_00, cast, "dp_two")
    assert payment.disputed_minor == 20_00
    assert refusal(payment, "40.00", cast) == ""


def test_a_question_of_the_bank_withdraws_nothing(cast: Cast, payment: Payment) -> None:
    bank_says(payment, "warning_needs_response", 0, cast)
    Dispute.objects.update(amount_minor=20_00)
    bank_says(payment, "warning_needs_response", 0, cast)
    assert (Dispute.objects.get().state, payment.disputed_minor) == ("inquiry", 0)
    assert refusal(payment, "60.00", cast) == ""


def test_old_news_of_a_dispute_changes_nothing(cast: Cast, payment: Payment) -> None:
    bank_says(payment, "lost", 20_00, cast)
    bank_says(payment, "needs_response", 20_00, cast)
    assert (Dispute.objects.get().state, payment.disputed_minor) == ("lost", 20_00)
    assert books.check() == []


def test_a_fund_returns_what_the_bank_left_and_ends(cast: Cast, payment: Payment, local_stripe: LocalStripe) -> None:
    fund = Fund.objects.get()
    bank_says(payment, "needs_response", 20_00, cast)
    assert calling.collected_minor(fund) == 0
    at = cast.run_out(fund)
    assert fund.state == Fund.State.REFUNDING
    # Nothing is returned, and the fund does not end, before the bank has said whose the part is.
    assert returning.to_return(limit=9) == []
    assert not returning.finish(fund.pk, now=at)
    bank_says(payment, "lost", 20_00, cast)
    assert returning.to_return(limit=9) == [payment.pk]
    cast.return_all(fund, at)
    fund.refresh_from_db()
    refund = payment.refunds.get()
    assert (refund.amount_minor, refund.state, fund.state) == (40_00, "succeeded", Fund.State.REFUNDED)
    assert not balance(fund.account)
    assert books.check() == []
