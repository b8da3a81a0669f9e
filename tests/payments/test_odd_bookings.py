"""Bookings of Stripe's that nobody expected: each is booked once, our balance stays Stripe's, and somebody is told."""

from __future__ import annotations

from typing import Any

import pytest

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import collecting
from payments import balancing, stripe_gateway
from payments.booking import Kind, account_for, balance
from payments.models import Alarm, Entry, Payment
from payments.stripe_gateway import AccountRef
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_charge_that_others_describe_at_length_is_booked(cast: Cast) -> None:
    txn = {"id": "txn_long", "type": "charge", "source": "ch_foreign", "amount": 1_00, "fee": 3, "currency": "eur"}
    told = txn | {"created": 1, "available_on": 1, "description": "Two tables, oiled. " * 40}
    account = AccountRef(cast.receiver.stripe_account, cast.receiver.livemode)
    assert balancing.book_balance_transaction(told, account=account, now=cast.now)
    assert not balancing.book_balance_transaction(told, account=account, now=cast.now)
    assert Entry.objects.get().memo.startswith("Two tables, oiled. Two tables")
    assert balance(account_for(cast.receiver, Kind.STRIPE_BALANCE, "EUR")) == euro("0.97")


def test_money_that_stripe_changed_into_another_currency_has_arrived(
    cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account settles in dollars, whatever it was connected with."""
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    confirm = stripe_gateway.confirm_intent

    def in_dollars(*args: Any, **given: Any) -> Any:
        answer = confirm(*args, **given)
        answer["latest_charge"]["balance_transaction"] |= {"amount": 65_00, "fee": 1_20, "currency": "usd"}
        return answer

    monkeypatch.setattr(stripe_gateway, "confirm_intent", in_dollars)
    collecting.collect(promise.pk, now=fund.deadline_at)
    promise.refresh_from_db()
    assert (promise.state, Payment.objects.get().state) == ("paid", "succeeded")
    assert balance(account_for(cast.receiver, Kind.STRIPE_BALANCE, "USD")).minor == 65_00 - 1_20
    assert balance(account_for(cast.receiver, Kind.STRIPE_TRANSIT, "EUR")) == euro("60.00")
    assert "6500 USD" in Alarm.objects.get().text
    assert books.check() == []
