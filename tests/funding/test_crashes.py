"""A worker dies by SIGKILL before or after any of its commits; what is left is taken up again, once and in full."""

from __future__ import annotations

import datetime
import os
import signal
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import claiming, closing, collecting, deciding
from funding.models import Commitment, Fund
from payments import charging, reconciling, refunding, stripe_gateway
from payments.booking import Kind, balance, sibling
from payments.models import Alarm, Attempt, Payment, Refund
from payments.stripe_gateway import AccountRef
from tests import cast as cards
from tests.cast import Cast
from tests.waiting import wait_until

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

# The longest that anybody waits for a worker that may have died.
PATIENCE = max(claiming.LEASE, stripe_gateway.LONGEST_CALL) + datetime.timedelta(seconds=1)
MOST_COMMITS = 40


def killed_at(moment: int, deed: Callable[[], object]) -> bool:
    """Do `deed` in a process that is killed just before (odd) or just after (even) its commit number `moment` ÷ 2.

    False when it ended before that moment came.
    """
    connections.close_all()
    child = os.fork()
    if child == 0:
        _die_at(moment)
        stripe_gateway.forget_client()
        try:
            deed()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _die_at(moment: int) -> None:
    passed = 0
    commit = BaseDatabaseWrapper.commit

    def counted(self: BaseDatabaseWrapper) -> None:
        nonlocal passed
        for here in (True, False):
            passed += 1
            if passed == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            if here:
                commit(self)

    BaseDatabaseWrapper.commit = counted  # type: ignore[method-assign]


def test_the_kill_hits_and_misses(cast: Cast) -> None:
    """The control: a deed of one commit is killed before it (nothing stays), after it (all stays), and not at all."""

    def rename(name: str) -> Callable[[], object]:
        def deed() -> None:
            cast.mia.display_name = name
            with transaction.atomic():
                cast.mia.save()

        return deed

    for moment, name, killed, stays in ((1, "before", True, "Mia"), (2, "after", True, "after"), (3, "x", False, "x")):
        assert killed_at(moment, rename(name)) is killed
        cast.mia.refresh_from_db()
        assert cast.mia.display_name == stays


def charged(cast: Cast) -> int:
    """How many payments have succeeded, by Stripe's own account of it."""
    account = AccountRef(cast.receiver.stripe_account, cast.receiver.livemode)
    return len([intent for intent in stripe_gateway.list_intents(account) if intent["status"] == "succeeded"])


def take_up(cast: Cast, now: datetime.datetime) -> None:
    """What the sweeps do once patience is over."""
    for payment in Payment.objects.filter(attempts__state__in=Attempt.IN_FLIGHT).distinct():
        charging.look_up(payment.pk, now=now, as_of=now)
    for pk in collecting.followable(now=now, limit=100):
        collecting.follow(pk, now=now)
    cast.collect_all(now)
    for payment in Payment.objects.filter(state="succeeded", balance_transactions=None):
        charging.look_up(payment.pk, now=now, as_of=None)


def test_a_charge_survives_being_killed_anywhere(cast: Cast, local_stripe: LocalStripe) -> None:
    for moment in range(1, MOST_COMMITS):
        fund = cast.fund("50.00")
        one = cast.secured(fund, "60.00", stripe=local_stripe)
        cast.close(fund)
        at = fund.deadline_at
        before = charged(cast)

        def deed(pk: object = one.pk, at: datetime.datetime = at) -> None:
            for claimed in collecting.claim_due(now=at, limit=10):
                collecting.collect(claimed, now=at)

        killed = killed_at(moment, deed)
        # Nobody but the next worker is needed for it, and nothing but the end of the lease.
        cast.collect_all(at + claiming.LEASE)
        one.refresh_from_db()
        assert one.state == Commitment.State.PAID, f"killed at {moment}: {one.state}"
        take_up(cast, at + PATIENCE)
        assert charged(cast) == before + 1, f"killed at {moment}"
        assert books.check() == [], f"killed at {moment}"
        if not killed:
            break
    else:
        pytest.fail("the charge never came to its end")
    assert moment > 8, "the path has more commits than that: the kill does not hit them"
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert not Alarm.objects.exists()


@pytest.mark.parametrize(("state", "told"), [("declined", True), ("sent", False), ("lapsed", False)])
def test_what_a_dead_worker_left_is_told_only_when_the_bank_has_answered(
    cast: Cast, local_stripe: LocalStripe, state: str, told: bool
) -> None:
    """Whoever is still without an answer is left to the next worker: following would only put that one off."""
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    at = fund.deadline_at
    collecting.claim_due(now=at, limit=9)
    payment = collecting._payment_for(one.pk, now=at)
    assert payment is not None
    charging.charge(payment.pk, card_id=one.card_id, now=at)
    payment.attempts.update(state=state)
    assert collecting.followable(now=at, limit=9) == []
    later = at + claiming.LEASE
    assert collecting.followable(now=later, limit=9) == ([one.pk] if told else [])
    assert collecting.claim_due(now=later, limit=9) == [one.pk]


@pytest.mark.parametrize(("on_session", "looks"), [(False, 1), (True, 0)])
def test_a_worker_does_not_judge_what_a_cardholder_is_at(
    cast: Cast, local_stripe: LocalStripe, on_session: bool, looks: int
) -> None:
    """Whoever is with their bank holds no claim: nobody asks, or tries the card beside them."""
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    at = fund.deadline_at
    payment = collecting._payment_for(one.pk, now=at)
    assert payment is not None
    payment = charging._with_intent(payment)
    charging._prepare_attempt(payment.pk, one.card_id, on_session=on_session, now=at)  # type: ignore[arg-type]
    collecting.collect(one.pk, now=at + claiming.LEASE)
    one.refresh_from_db()
    assert one.state == (Commitment.State.CHARGING if on_session else Commitment.State.PAID)
    path = f"/v1/payment_intents/{payment.intent_id}"
    requests = local_stripe.control("GET", "requests")
    assert len([row for row in requests if (row["method"], row["path"]) == ("GET", path)]) == looks


def test_a_refund_survives_being_killed_anywhere(cast: Cast, local_stripe: LocalStripe) -> None:
    local_stripe.control("POST", "topups", {"amount": 500_00, "currency": "eur"})
    for moment in range(1, MOST_COMMITS):
        fund = cast.fund("50.00")
        one = cast.secured(fund, "60.00", stripe=local_stripe)
        cast.close(fund)
        at = fund.deadline_at
        cast.collect_all(at)
        closing.cancel(fund.pk, by=cast.petra, now=at, why="flood")
        later = at + PATIENCE

        def deed(fund: Fund = fund, at: datetime.datetime = at) -> None:
            cast.return_all(fund, at)

        killed = killed_at(moment, deed)
        for _ in range(4):
            take_up(cast, later)
            for pk in deciding.claim_overdue(now=later, limit=100):
                deciding.drop_overdue(pk, now=later)
            cast.return_all(fund, later)
            later += datetime.timedelta(hours=1)
        refund = Refund.objects.get(payment=cast.payment_of(one))
        wait_until(lambda pk=refund.pk, when=later: _succeeded(pk, when))  # type: ignore[misc]
        cast.return_all(fund, later)
        fund.refresh_from_db()
        assert fund.state == Fund.State.REFUNDED, f"killed at {moment}: {fund.state}"
        assert not balance(fund.account)
        assert not balance(sibling(fund.account, Kind.REFUNDS_OWED))
        assert books.check() == [], f"killed at {moment}"
        if not killed:
            break
    else:
        pytest.fail("the refund never came to its end")
    assert moment > 4
    account = AccountRef(cast.receiver.stripe_account, cast.receiver.livemode)
    assert len(list(stripe_gateway.list_refunds(account))) == Refund.objects.count() == moment


def _succeeded(pk: object, now: datetime.datetime) -> bool:
    refund = Refund.objects.get(pk=pk)
    if refund.state != Refund.State.SUCCEEDED:
        refunding.send_refund(refund.pk, now=now)
    return Refund.objects.get(pk=pk).state == Refund.State.SUCCEEDED
