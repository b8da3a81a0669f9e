"""The main scenarios with nothing but Stripe's public interface: here against the local Stripe, and by
`dev.py test-stripe` against Stripe itself (a test account that settles in euro)."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest

from csm import books
from funding import collecting, committing, deciding, returning
from funding.models import Commitment, Fund
from payments import card_saving, refunding, stripe_gateway
from payments.booking import balance
from payments.models import Attempt, Card, CardSetup, Payment, Refund
from payments.stripe_gateway import AccountRef, GatewayError
from tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_stripe]

State = Commitment.State
GOOD = "pm_card_visa"
DECLINED = "pm_card_chargeCustomerFail"
ASKS = "pm_card_authenticationRequired"


@pytest.fixture
def stripe_api(request: pytest.FixtureRequest, settings: Any) -> Any:
    """The client that the gateway uses, and the account of its key."""
    if "REAL_STRIPE" not in os.environ:
        request.getfixturevalue("local_stripe")
    stripe_gateway.forget_client()
    api = stripe_gateway._client().v1
    if "REAL_STRIPE" in os.environ:
        settings.STRIPE_ACCOUNT = api.accounts.retrieve_current().id
    return api


@pytest.fixture
def stage(stripe_api: Any, cast: Cast) -> Any:
    """Promises whose cards were saved at Stripe by one of its test tokens."""

    def promise(fund: Fund, token: str, amount: str = "60.00") -> Commitment:
        row = cast.draft(fund, cast.person(f"backer-{uuid.uuid4().hex[:8]}"), amount)
        assert row.setup is not None
        card = save_card(row, token)
        CardSetup.objects.filter(pk=row.setup.pk).update(state="complete", card=card)
        return committing.settle_draft(row.pk, now=cast.now)

    def save_card(row: Commitment, token: str) -> Card:
        assert row.setup is not None
        customer = row.setup.customer
        account = AccountRef(customer.stripe_account, customer.livemode)
        customer_id = card_saving._customer_id(customer, account)
        method = stripe_api.payment_methods.attach(token, params={"customer": customer_id})
        return Card.objects.create(
            stripe_account=customer.stripe_account,
            livemode=customer.livemode,
            customer=customer,
            payment_method_id=method.id,
            brand=method.card.brand,
            last4=method.card.last4,
            exp_month=method.card.exp_month,
            exp_year=method.card.exp_year,
            saved_at=cast.now,
        )

    promise.save_card = save_card  # type: ignore[attr-defined]
    return promise


def closed(cast: Cast, fund: Fund) -> None:
    cast.close(fund)
    cast.collect_all(fund.deadline_at)


def state(row: Commitment | Fund) -> str:
    row.refresh_from_db()
    return row.state


def test_enough_arrives(cast: Cast, stage: Any) -> None:
    fund = cast.fund("100.00")
    promises = [stage(fund, GOOD), stage(fund, GOOD)]
    closed(cast, fund)
    assert [state(one) for one in promises] == [State.PAID, State.PAID]
    assert deciding.decide(fund.pk, now=fund.deadline_at)
    assert state(fund) == Fund.State.MET
    assert balance(fund.account).minor == -120_00
    assert books.check() == []


def test_too_little_arrives_and_goes_back(cast: Cast, stage: Any) -> None:
    fund = cast.fund("100.00")
    good, bad = stage(fund, GOOD), stage(fund, DECLINED)
    closed(cast, fund)
    assert (state(good), state(bad)) == (State.PAID, State.DECLINED)
    at = cast.run_out(fund)
    assert state(fund) == Fund.State.REFUNDING
    assert state(bad) == State.DROPPED
    assert cast.payment_of(bad).state == Payment.State.CANCELED
    for pk in returning.to_return(limit=10):
        returning.return_payment(pk, now=at)
    for pk in refunding.due(now=at, limit=10):
        refunding.send_refund(pk, now=at)
    # Pending while the account's balance does not suffice.
    assert Refund.objects.get().state in (Refund.State.SUCCEEDED, Refund.State.PENDING)
    assert Refund.objects.get().amount_minor == 60_00
    assert books.check() == []


def test_another_card_pays_the_same_payment(cast: Cast, stage: Any) -> None:
    fund = cast.fund("50.00")
    one = stage(fund, DECLINED)
    closed(cast, fund)
    assert state(one) == State.DECLINED
    intent = cast.payment_of(one).intent_id
    card = stage.save_card(one, GOOD)
    Commitment.objects.filter(pk=one.pk).update(card=card, next_try_at=fund.deadline_at)
    cast.collect_all(fund.deadline_at)
    assert state(one) == State.PAID
    assert cast.payment_of(one).intent_id == intent


def test_the_bank_asks_for_the_cardholder(cast: Cast, stage: Any) -> None:
    fund = cast.fund("50.00")
    one = stage(fund, ASKS)
    closed(cast, fund)
    assert state(one) == State.ACTION_REQUIRED
    intent = cast.payment_of(one).intent_id
    attempt = collecting.confirm_present(one.pk, return_url="https://example.org/back", now=fund.deadline_at)
    assert attempt is not None
    assert attempt.state == Attempt.State.ACTION_REQUIRED
    assert attempt.action_url.startswith("http")
    assert cast.payment_of(one).intent_id == intent
    cast.run_out(fund)
    assert state(one) == State.DROPPED
    assert cast.payment_of(one).state == Payment.State.CANCELED


def test_a_card_page_opens_and_can_be_ended(cast: Cast, stripe_api: Any) -> None:
    fund = cast.fund("50.00")
    row = cast.draft(fund, cast.mia, "20.00")
    assert committing.open_card_page(row.pk, now=cast.now).startswith("http")
    assert state(committing.abandon(row.pk, now=cast.now)) == State.ABANDONED


def test_a_key_gives_the_same_intent_and_only_for_the_same_request(cast: Cast, stage: Any, stripe_api: Any) -> None:
    one = stage(cast.fund("50.00"), GOOD)
    customer = one.card.customer
    account = AccountRef(customer.stripe_account, customer.livemode)
    asked = {
        "payment_id": str(one.pk),
        "currency": "EUR",
        "customer_id": customer.customer_id,
        "description": "Twice",
        "key": f"twice-{one.pk}",
    }
    first = stripe_gateway.create_intent(account, amount_minor=500, **asked)
    again = stripe_gateway.create_intent(account, amount_minor=500, **asked)
    assert first["id"] == again["id"]
    with pytest.raises(GatewayError):
        stripe_gateway.create_intent(account, amount_minor=600, **asked)
    assert stripe_gateway.cancel_intent(account, first["id"])["status"] == "canceled"
