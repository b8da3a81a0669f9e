"""A refund that came back is owed until it is made good: sent again, or returned another way; once, and never both."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from post_office.models import Email

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import returning, settling, statement
from funding.models import Commitment, Fund
from members.models import Transition
from payments import making_good, reconciling, refunding
from payments.booking import Kind, balance, sibling
from payments.models import Alarm, Payment, Refund
from tests import cast as cards
from tests.cast import Cast
from tests.csm.test_admin import change_url, staff
from tests.funding.test_races import at_once, blind_move

pytestmark = pytest.mark.django_db(transaction=True)

State = Refund.State
LATER = datetime.timedelta(days=30)


@pytest.fixture
def failed(cast: Cast, local_stripe: LocalStripe) -> Refund:
    """60.00 of a fund that returns everything; the bank of the card did not take them."""
    local_stripe.control("POST", "topups", {"amount": 200_00, "currency": "eur"})
    fund = cast.fund("100.00")
    cast.secured(fund, "60.00", member=cast.mia, number=cards.REFUND_FAILS, stripe=local_stripe)
    cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    at = cast.run_out(fund)
    payment = Payment.objects.get(state=Payment.State.SUCCEEDED)
    refund = returning.return_payment(payment.pk, now=at)
    return came_back(cast, local_stripe, refund)


def came_back(cast: Cast, stripe: LocalStripe, refund: Refund) -> Refund:
    """It is sent, and the bank sends it back."""
    refunding.send_refund(refund.pk, now=cast.now)
    refund.refresh_from_db()
    stripe.control("POST", f"refunds/{refund.refund_id}/fail")
    reconciling.reconcile(cast.receiver, now=cast.now)
    failed: Refund = Refund.objects.select_related("payment__credit_account__receiver").get(pk=refund.pk)
    assert failed.state == State.FAILED
    assert owed(failed) == 60_00
    return failed


def owed(refund: Refund) -> int:
    """What the books say is owed to payers."""
    return -balance(sibling(refund.payment.credit_account, Kind.REFUNDS_OWED)).minor


def again(refund: Refund, cast: Cast) -> Refund:
    return making_good.send_again(refund, by=cast.theo, now=cast.now)


def by_hand(refund: Refund, cast: Cast) -> None:
    making_good.settle_by_hand(refund, how="SEPA 2026-77", by=cast.theo, now=cast.now)


def code(verb: Callable[[Refund, Cast], object], refund: Refund, cast: Cast) -> str:
    """The code with which a verb refuses; nothing when it does it."""
    try:
        verb(refund, cast)
    except ValidationError as refused:
        return str(refused.code)
    return ""


def finished(cast: Cast) -> str:
    fund = Fund.objects.get()
    returning.finish(fund.pk, now=cast.now)
    fund.refresh_from_db()
    return fund.state


def test_it_is_sent_again_with_a_key_of_its_own_and_nothing_is_reserved_twice(
    cast: Cast, failed: Refund, local_stripe: LocalStripe
) -> None:
    assert finished(cast) == Fund.State.REFUNDING  # a debt keeps the fund from ending
    second = again(failed, cast)
    failed.refresh_from_db()
    assert (failed.state, second.state, second.amount_minor) == (State.REPLACED, State.PREPARED, 60_00)
    assert second.idempotency_key != failed.idempotency_key
    payment = Payment.objects.get(pk=failed.payment_id)
    assert payment.refunding_minor == payment.received_minor == 60_00
    assert (owed(failed), balance(payment.credit_account).minor, books.check()) == (60_00, 0, [])
    assert second.pk in refunding.due(now=cast.now, limit=9)
    third = again(came_back(cast, local_stripe, second), cast)
    refunding.send_refund(third.pk, now=cast.now)
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert set(Refund.objects.values_list("state", flat=True)) == {"replaced", "succeeded"}
    asked = [row for row in local_stripe.control("GET", "requests") if row["path"] == "/v1/refunds"]
    assert len({row["key"] for row in asked if row["method"] == "POST"}) == 3
    assert (owed(failed), finished(cast), books.check()) == (0, Fund.State.REFUNDED, [])
    assert not Alarm.objects.exclude(key__startswith="refund:").exists()
    assert not statement.statement(Fund.objects.get().pk).left


def test_by_hand_ends_the_debt_and_the_fund(cast: Cast, failed: Refund) -> None:
    by_hand(failed, cast)
    assert (owed(failed), finished(cast), books.check()) == (0, Fund.State.REFUNDED, [])
    assert "SEPA 2026-77" in Email.objects.latest("pk").message
    assert code(lambda row, who: making_good.settle_by_hand(row, how=" ", by=who.theo, now=who.now), failed, cast) == (
        "how_missing"
    )


@pytest.mark.parametrize("first", [again, by_hand])
@pytest.mark.parametrize("second", [again, by_hand])
def test_it_is_made_good_once(cast: Cast, failed: Refund, first: Any, second: Any) -> None:
    stale = Refund.objects.get(pk=failed.pk)
    first(failed, cast)
    assert code(second, stale, cast) == code(second, Refund.objects.get(pk=failed.pk), cast) == "state_changed"
    assert books.check() == []


@pytest.mark.parametrize("verb", [again, by_hand])
def test_what_the_bank_has_taken_back_is_not_owed_twice(
    cast: Cast, failed: Refund, local_stripe: LocalStripe, verb: Any
) -> None:
    later = cast.now + LATER
    made = local_stripe.control("POST", "disputes", {"payment_intent": failed.payment.intent_id})
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert code(verb, failed, cast) == "refund_while_disputed"
    assert failed.pk not in refunding.due(now=later, limit=9)
    local_stripe.control("POST", f"disputes/{made['id']}/lose")
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert code(verb, failed, cast) == "refund_exceeds_payment"
    # The sweep lets go of the debt.
    assert failed.pk in refunding.due(now=later, limit=9)
    refunding.send_refund(failed.pk, now=later)
    failed.refresh_from_db()
    assert (failed.state, owed(failed), books.check()) == (State.DECLINED, 0, [])
    assert failed.pk not in refunding.due(now=later, limit=9)


def test_a_refund_that_fails_when_the_fund_has_ended_is_sent_again_past_it(
    cast: Cast, failed: Refund, local_stripe: LocalStripe
) -> None:
    second = again(failed, cast)
    refunding.send_refund(second.pk, now=cast.now)
    assert finished(cast) == Fund.State.REFUNDED
    third = again(came_back(cast, local_stripe, second), cast)
    # Out of it and into it in one moment: whoever bears its losses bears nothing for this.
    assert not settling.stirred().exists()
    refunding.send_refund(third.pk, now=cast.now)
    assert (owed(third), books.check()) == (0, [])


def test_a_treasurer_does_it_in_the_admin_and_nobody_without_the_role(cast: Cast, failed: Refund) -> None:
    do = change_url(failed).replace("change/", "do/{}/")
    for verb in ("again", "by-hand"):
        assert staff(cast.petra).post(do.format(verb), {"why": "x"}).status_code == 404
    client = staff(cast.theo)
    asked = client.get(do.format("again")).content.decode()
    assert "60.00 EUR go to the card of" in asked
    assert "lost_or_stolen_card" in asked
    assert Refund.objects.count() == 1  # asking did nothing
    client.post(do.format("again"))
    second = Refund.objects.exclude(pk=failed.pk).get()
    assert (second.requested_by, second.state) == (cast.theo, State.PREPARED)
    assert Transition.objects.filter(subject_id=failed.pk, to_state="replaced", by=cast.theo).exists()
    assert client.post(do.format("by-hand"), {"why": "SEPA 1"}).status_code == 404
    Refund.objects.filter(pk=second.pk).update(state=State.FAILED)
    do = change_url(second).replace("change/", "do/by-hand/")
    client.post(do, {"why": ""})
    second.refresh_from_db()
    assert second.state == State.FAILED  # not without a reference
    client.post(do, {"why": "SEPA 1"})
    second.refresh_from_db()
    assert (second.state, second.by_hand_how) == (State.BY_HAND, "SEPA 1")
    assert Transition.objects.filter(subject_id=second.pk, to_state="by_hand", by=cast.theo, why="SEPA 1").exists()


def test_the_payer_sees_what_happens_with_their_money(cast: Cast, failed: Refund) -> None:
    promise = Commitment.objects.get(member=cast.mia)
    client = Client()
    client.force_login(cast.mia)

    def page() -> str:
        answer = client.get(reverse("funding:commitment", args=[promise.pk]))
        return " ".join(answer.content.decode().split())

    assert "€60.00 came back from your bank" in page()
    assert "still owed to you. Werkhof eG sends it again" in page()
    second = again(failed, cast)
    assert "€60.00 is on its way back to your card" in page()
    assert "came back" not in page()
    refunding.send_refund(second.pk, now=cast.now)
    assert "€60.00 went back to your card on" in page()
    Refund.objects.filter(pk=second.pk).update(state=State.FAILED)
    second.refresh_from_db()
    by_hand(second, cast)
    assert "€60.00 was returned to you another way on" in page()
    assert "Reference: SEPA 2026-77" in page()


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_many_at_once_make_it_good_once(
    cast: Cast, failed: Refund, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Compare-and-set lets one through; without it and without the one purpose everybody's refund would be sent."""
    together = threading.Barrier(6)
    rows = [Refund.objects.get(pk=failed.pk) for _ in range(6)]
    if not guarded:
        monkeypatch.setattr(making_good, "move_or_refuse", blind_move)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE payments_refund DROP CONSTRAINT refund_purpose_once")

    def one(row: Refund) -> Callable[[], Refund]:
        def deed() -> Refund:
            together.wait(20)
            return again(row, cast)

        return deed

    results = at_once(*(one(row) for row in rows))
    made = [result for result in results if isinstance(result, Refund)]
    if guarded:
        assert len(made) == Refund.objects.exclude(pk=failed.pk).count() == 1
        assert {result.code for result in results if isinstance(result, ValidationError)} == {"state_changed"}
        assert books.check() == []
        return
    assert len(made) == 6
    assert {breach.invariant for breach in books.check()} >= {"what is reserved for refunds is the sum of the refunds"}
    Refund.objects.exclude(pk=made[0].pk).filter(purpose__startswith="again-").delete()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_refund ADD CONSTRAINT refund_purpose_once UNIQUE (payment_id, purpose)")


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_a_dispute_that_comes_in_the_same_instant_is_seen(
    cast: Cast, failed: Refund, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Both take the payment's row; without it the money would be returned while the bank takes it back."""
    local_stripe.control("POST", "disputes", {"payment_intent": failed.payment.intent_id})
    written, may_end = threading.Event(), threading.Event()
    if not guarded:
        unlocked: Callable[..., QuerySet[Payment]] = lambda **_how: Payment.objects.all()  # noqa: E731
        monkeypatch.setattr(making_good.Payment.objects, "select_for_update", unlocked)
    apply = reconciling.disputing.balancing.book_balance_transaction

    def slowly(*arguments: Any, **words: Any) -> bool:
        done = apply(*arguments, **words)
        written.set()
        may_end.wait(2)
        return done

    monkeypatch.setattr(reconciling.disputing.balancing, "book_balance_transaction", slowly)

    def send() -> str:
        written.wait(20)
        try:
            return code(again, failed, cast)
        finally:
            may_end.set()

    _none, refused = at_once(lambda: reconciling.reconcile(cast.receiver, now=cast.now), send)
    assert refused == ("refund_while_disputed" if guarded else "")
