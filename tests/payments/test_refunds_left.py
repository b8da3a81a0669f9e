"""Refunds whose worker died, and two that give way to a bank at once: nobody is paid twice, and nobody is left out."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db.models import QuerySet

from csm import books
from csm.local_stripe.process import LocalStripe
from payments import refunding, stripe_gateway
from payments.models import Payment, Refund
from payments.stripe_gateway import AccountRef
from tests.cast import Cast, euro
from tests.funding.test_races import at_once
from tests.payments.test_partial_disputes import bank_says, payment

__all__ = ["payment"]

pytestmark = pytest.mark.django_db(transaction=True)

State = Refund.State
SECOND = datetime.timedelta(seconds=1)


def reserved(payment: Payment, amount: str, now: datetime.datetime) -> Refund:
    return refunding.request_refund(payment=payment, amount=euro(amount), purpose=amount, by=None, now=now)


def left_by_the_dead(payment: Payment, now: datetime.datetime, *, arrived: bool) -> Refund:
    """Its worker was killed after it asked Stripe, or just before."""
    refund = reserved(payment, "60.00", now)
    Refund.objects.filter(pk=refund.pk).update(state=State.SENT, sent_at=now, tries=1)
    refund.refresh_from_db()
    if arrived:
        stripe_gateway.create_refund(
            AccountRef(payment.stripe_account, payment.livemode),
            refund_id=str(refund.pk),
            intent_id=payment.intent_id or "",
            amount_minor=refund.amount_minor,
            key=refund.idempotency_key,
        )
    return refund


def asked(stripe: LocalStripe) -> int:
    """How often Stripe was asked for a refund."""
    requests = stripe.control("GET", "requests")
    return len([one for one in requests if (one["method"], one["path"]) == ("POST", "/v1/refunds")])


def test_what_reached_stripe_is_found_soon(cast: Cast, payment: Payment, local_stripe: LocalStripe) -> None:
    refund = left_by_the_dead(payment, cast.now, arrived=True)
    soon = cast.now + refunding.LOOKED_FOR_AFTER
    assert refunding.due(now=soon - SECOND, limit=9) == []
    assert refunding.due(now=soon, limit=9) == [refund.pk]
    assert refunding.send_refund(refund.pk, now=soon).state == State.SUCCEEDED
    assert (asked(local_stripe), books.check()) == (1, [])


def test_what_may_still_be_on_its_way_is_not_sent_a_second_time(
    cast: Cast, payment: Payment, local_stripe: LocalStripe
) -> None:
    refund = left_by_the_dead(payment, cast.now, arrived=False)
    over = cast.now + stripe_gateway.LONGEST_CALL
    for moment in (cast.now + refunding.LOOKED_FOR_AFTER, over - SECOND):
        refunding.send_refund(refund.pk, now=moment)
        assert asked(local_stripe) == 0
    # Not a moment later than it can be known.
    assert refunding.due(now=over - SECOND, limit=9) == []
    assert refunding.due(now=over, limit=9) == [refund.pk]
    assert refunding.send_refund(refund.pk, now=over).state == State.SUCCEEDED
    assert (asked(local_stripe), books.check()) == (1, [])


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_of_two_at_once_only_what_the_bank_has_paid_gives_way(
    cast: Cast, payment: Payment, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The bank took back half of it. Each of two refunds of a half would give way to that; the payer would miss one."""
    halves = [reserved(payment, amount, cast.now) for amount in ("29.99", "30.01")]
    bank_says(payment, "lost", 29_99, cast)
    together = threading.Barrier(2)
    is_overtaken = refunding.is_overtaken

    def slowly(read: Payment) -> bool:
        answer = is_overtaken(read)
        with suppress(threading.BrokenBarrierError):
            together.wait(1)
        return answer

    monkeypatch.setattr(refunding, "is_overtaken", slowly)
    if not guarded:
        unlocked: Callable[..., QuerySet[Payment]] = lambda **_how: Payment.objects.all()  # noqa: E731
        monkeypatch.setattr(refunding.Payment.objects, "select_for_update", unlocked)
    at_once(*(lambda one=one: refunding.send_refund(one.pk, now=cast.now) for one in halves))
    monkeypatch.undo()
    states = sorted(Refund.objects.values_list("state", flat=True))
    assert states == (["declined", "prepared"] if guarded else ["declined", "declined"])
