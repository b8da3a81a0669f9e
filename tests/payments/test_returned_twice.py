"""Stripe had a refund all the same, after it was given up on: nobody is paid twice unnoticed, and the books stay Stripe's."""

from __future__ import annotations

import datetime

import pytest

from csm import books
from csm.local_stripe.process import LocalStripe
from payments import making_good, reconciling, refund_answers, refunding, stripe_gateway
from payments.booking import Kind, balance, sibling
from payments.models import Alarm, Payment, Refund
from payments.stripe_gateway import AccountRef
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

State = Refund.State
LATER = datetime.timedelta(minutes=10)
INVARIANT = "what was made good has not left through Stripe too"


@pytest.fixture
def lost(cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch) -> Refund:
    """Stripe made the refund and its answer was lost; its list is behind; asked anew, it refuses to return it again."""
    local_stripe.control("POST", "topups", {"amount": 200_00, "currency": "eur"})
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    payment = cast.payment_of(promise)
    amount = payment.amount
    refund = refunding.request_refund(payment=payment, amount=amount, purpose="asked", by=None, now=cast.now)
    local_stripe.control("POST", "faults", {"action": "reset_after", "path": "/v1/refunds$"})
    assert refunding.send_refund(refund.pk, now=cast.now).state == State.UNKNOWN
    with monkeypatch.context() as behind:
        behind.setattr(stripe_gateway, "list_refunds", lambda *_where, **_filters: iter(()))
        failed = refunding.send_refund(refund.pk, now=cast.now + LATER)
    assert (failed.state, failed.refund_id) == (State.FAILED, None)
    return Refund.objects.select_related("payment__credit_account__receiver").get(pk=refund.pk)


def reconcile(cast: Cast) -> None:
    reconciling.reconcile(cast.receiver, now=cast.now + LATER)


def stands(refund: Refund, kind: str) -> int:
    return balance(sibling(refund.payment.credit_account, kind)).minor


def alarms() -> set[str]:
    return {alarm.key.split(":")[0] for alarm in Alarm.objects.all()}


def test_a_debt_that_nobody_has_made_good_is_none(cast: Cast, lost: Refund) -> None:
    reconcile(cast)
    lost.refresh_from_db()
    assert lost.state == State.SUCCEEDED
    assert (stands(lost, Kind.REFUNDS_OWED), stands(lost, Kind.SUSPENSE), books.check()) == (0, 0, [])
    assert alarms() == {"refund"}


def test_what_was_returned_by_hand_too_raises_an_alarm_and_stands_on_suspense(
    cast: Cast, lost: Refund, local_stripe: LocalStripe
) -> None:
    making_good.settle_by_hand(lost, how="SEPA 1", by=cast.theo, now=cast.now)
    for _ in range(2):
        reconcile(cast)
        lost.refresh_from_db()
        assert lost.state == State.BY_HAND
        assert (stands(lost, Kind.REFUNDS_OWED), stands(lost, Kind.SUSPENSE)) == (0, 60_00)
        # Our books are Stripe's to the cent: it raises no alarm about its balance.
        assert alarms() == {"refund", "refund-twice"}
        assert books.check() == []
    # The bank sends it back after all: then it was returned once.
    local_stripe.control("POST", f"refunds/{lost.refund_id}/fail")
    for _ in range(2):
        reconcile(cast)
        assert (stands(lost, Kind.REFUNDS_OWED), stands(lost, Kind.SUSPENSE)) == (0, 0)
        assert stands(lost, Kind.STRIPE_TRANSIT) == 0
        assert (alarms(), books.check()) == ({"refund", "refund-twice"}, [])


def test_what_was_sent_again_is_refused_and_the_first_one_is_noticed(cast: Cast, lost: Refund) -> None:
    second = making_good.send_again(lost, by=cast.theo, now=cast.now)
    refunding.send_refund(second.pk, now=cast.now + LATER)
    reconcile(cast)
    second.refresh_from_db()
    assert second.state == State.FAILED
    assert (stands(lost, Kind.REFUNDS_OWED), stands(lost, Kind.SUSPENSE)) == (-60_00, 60_00)
    assert "refund-twice" in alarms()
    assert Payment.objects.get().refunding_minor == 60_00
    assert books.check() == []


def test_without_the_notice_the_check_of_the_books_finds_it(
    cast: Cast, lost: Refund, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refund_answers, "_notice_second_return", lambda *_refund, **_words: None)
    making_good.settle_by_hand(lost, how="SEPA 1", by=cast.theo, now=cast.now)
    assert books.check() == []
    reconcile(cast)
    assert [breach.invariant for breach in books.check()] == [INVARIANT]


@pytest.mark.parametrize("made_good", [False, True])
def test_an_answer_older_than_the_failure_changes_nothing(
    cast: Cast, lost: Refund, local_stripe: LocalStripe, made_good: bool
) -> None:
    """A worker asked before the bank sent it back, and comes to apply it only after."""
    reconcile(cast)
    lost.refresh_from_db()
    account = AccountRef(lost.stripe_account, lost.livemode)
    old = stripe_gateway.retrieve_refund(account, lost.refund_id or "")
    assert old["status"] == "succeeded"
    local_stripe.control("POST", f"refunds/{lost.refund_id}/fail")
    reconcile(cast)
    lost.refresh_from_db()
    assert lost.state == State.FAILED
    if made_good:
        making_good.settle_by_hand(lost, how="SEPA 1", by=cast.theo, now=cast.now)
    before = lost.state
    refund_answers.apply_refund(old, account=account, now=cast.now)
    lost.refresh_from_db()
    assert (lost.state, stands(lost, Kind.SUSPENSE)) == (before, 0)
    assert stands(lost, Kind.REFUNDS_OWED) == (0 if made_good else -60_00)
    assert books.check() == []
    assert alarms() == {"refund"}
