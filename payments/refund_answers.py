"""What Stripe says of refunds, and what is booked for it."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from members.moves import move, record
from payments import balancing, mailing
from payments.alarming import raise_alarm
from payments.booking import Kind, book, sibling
from payments.models import BalanceTransaction, Entry, Payment, Refund
from payments.money import Money
from payments.stripe_gateway import AccountRef, Answer

State = Refund.State

_FROM_STRIPE = {
    "pending": State.PENDING,
    "requires_action": State.PENDING,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}


def apply_refund(answer: Answer, *, account: AccountRef, now: datetime.datetime) -> Refund | None:
    """Take over what Stripe says of a refund, whoever asked for it; safe twice, late and out of order.

    None for one of a payment that is not ours. One that was made good already, and left through Stripe after all,
    raises an alarm and stands on suspense.
    """
    with transaction.atomic():
        refund = _refund_of(answer, account) or _made_at_stripe(answer, account, now=now)
        if refund is None:
            return None
        is_news = refund.refund_id is None
        if is_news:
            refund.refund_id = answer["id"]
            refund.save(update_fields=["refund_id"])
        _book_answer(refund, answer, account=account, now=now)
        to = _FROM_STRIPE[answer["status"]]
        if refund.state in Refund.MADE_GOOD:
            _notice_second_return(refund, to, is_news=is_news, now=now)
        elif to != refund.state and to in Refund.MOVES[refund.state] and not _is_stale(refund, to, is_news=is_news):
            _follow(refund, to, answer.get("failure_reason") or "", now=now)
    return refund


def _follow(refund: Refund, to: str, failure: str, *, now: datetime.datetime) -> None:
    """Move a refund to where Stripe says that it is, and tell its payer."""
    first_answer = refund.state in (State.SENT, State.UNKNOWN)
    settled_at = now if to in (State.SUCCEEDED, State.FAILED) else None
    move(refund, to, by=None, now=now, settled_at=settled_at, failure=failure[:200])
    if to == State.FAILED:
        raise_alarm(
            f"refund:{refund.pk}",
            f"A refund of {refund.amount} came back ({refund.failure or 'no reason given'}): "
            "it is owed until it is sent again or returned another way.",
            now=now,
        )
        if not first_answer:
            mailing.refund_failed(refund)
    elif first_answer:
        mailing.refund_sent(refund)


def _is_stale(refund: Refund, to: str, *, is_news: bool) -> bool:
    """Whether an answer is older than the failure that we know of. Stripe refused one whose first answer was lost: that
    one may turn up later; or it says by a booking of its own that the money left after all."""
    if refund.state != State.FAILED or is_news:
        return False
    return to != State.SUCCEEDED or _left_minor(refund) == 0


def _left_minor(refund: Refund) -> int:
    """What of it has left through Stripe and not come back, by Stripe's own bookings; minor units."""
    bookings = BalanceTransaction.objects.filter(payment=refund.payment_id, source_id=refund.refund_id)
    return -int(bookings.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _notice_second_return(refund: Refund, to: str, *, is_news: bool, now: datetime.datetime) -> None:
    """What was made good by hand, by another refund or by the bank, and leaves through Stripe too, is nobody's debt any
    more: it stands on suspense until a person has explained it, or until it comes back."""
    suspense, owed = (sibling(refund.payment.credit_account, kind) for kind in (Kind.SUSPENSE, Kind.REFUNDS_OWED))
    left = _left_minor(refund)
    twice = Entry.objects.filter(fact="refund_returned_twice", external_id=str(refund.pk)).exists()
    if left and to != State.FAILED:
        legs = [(suspense, refund.amount_minor), (owed, -refund.amount_minor)]
        book("refund_returned_twice", refund.pk, legs, now=now, memo=refund.refund_id or "")
    elif twice and not left:
        legs = [(owed, refund.amount_minor), (suspense, -refund.amount_minor)]
        book("refund_second_came_back", refund.pk, legs, now=now, memo=refund.refund_id or "")
    if to != State.FAILED and (is_news or (left and not twice)):
        raise_alarm(
            f"refund-twice:{refund.pk}",
            f"A refund of {refund.amount} was made good already ({refund.get_state_display()}), and Stripe returns it "
            f"too ({refund.refund_id}). What has left twice stands on the suspense account.",
            now=now,
        )


def _made_at_stripe(answer: Answer, account: AccountRef, *, now: datetime.datetime) -> Refund | None:
    """A refund that somebody made at Stripe itself: the money has left, and nothing may be decided on it any more.

    None when the payment is not ours, when the bank sent it back, or when refunds of our own return that money already.
    """
    payment = (
        Payment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("credit_account__receiver__organisation", "payer")
        .filter(
            intent_id=answer.get("payment_intent"),
            stripe_account=account.stripe_account,
            livemode=account.livemode,
            state=Payment.State.SUCCEEDED,
        )
        .first()
    )
    amount = answer["amount"]
    if payment is None or _FROM_STRIPE[answer["status"]] == State.FAILED:
        return None
    # Whoever was first to be told of it held the payment's row.
    known = _refund_of(answer, account)
    if known is not None or payment.refunding_minor + amount > payment.received_minor:
        return known
    Payment.objects.filter(pk=payment.pk).update(refunding_minor=F("refunding_minor") + amount)
    refund = Refund(
        stripe_account=payment.stripe_account,
        livemode=payment.livemode,
        payment=payment,
        purpose=f"at Stripe: {answer['id']}"[:64],
        amount_minor=amount,
        currency=payment.currency,
        state=State.SENT,
        refund_id=answer["id"],
        requested_at=now,
        sent_at=now,
        next_try_at=now,
    )
    refund.save(force_insert=True)
    record(refund, "", refund.state, by=None, now=now, why=refund.purpose)
    book_reserved(refund, now=now)
    raise_alarm(
        f"refund-at-stripe:{answer['id']}",
        f"{Money(amount, payment.currency)} of {payment.payer} for “{payment.description}” were returned at Stripe "
        "itself: they count as gone from now on.",
        now=now,
    )
    return refund


def book_reserved(refund: Refund, *, now: datetime.datetime) -> None:
    """From now on it is not the fund's any more but owed to the payer."""
    fund = refund.payment.credit_account
    legs = [(fund, refund.amount_minor), (sibling(fund, Kind.REFUNDS_OWED), -refund.amount_minor)]
    book("refund_reserved", refund.pk, legs, now=now, memo=refund.purpose)


def _book_answer(refund: Refund, answer: Answer, *, account: AccountRef, now: datetime.datetime) -> None:
    """What left through Stripe, and what came back from a bank that did not take it."""
    fund = refund.payment.credit_account
    transit, owed = sibling(fund, Kind.STRIPE_TRANSIT), sibling(fund, Kind.REFUNDS_OWED)
    for name, sign in (("balance_transaction", 1), ("failure_balance_transaction", -1)):
        txn = answer.get(name)
        if isinstance(txn, dict):
            fact = "refund_left" if sign > 0 else "refund_came_back"
            legs = [(owed, sign * refund.amount_minor), (transit, -sign * refund.amount_minor)]
            book(fact, answer["id"], legs, now=now)
            balancing.book_balance_transaction(txn, account=account, now=now)


def _refund_of(answer: Answer, account: AccountRef) -> Refund | None:
    rows = Refund.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "payment__credit_account__receiver"
    )
    rows = rows.filter(stripe_account=account.stripe_account, livemode=account.livemode)
    refund = rows.filter(refund_id=answer["id"]).first()
    if refund is None:
        try:
            ours = UUID((answer.get("metadata") or {}).get("refund", ""))
        except ValueError:
            return None
        refund = rows.filter(pk=ours, refund_id=None).first()
    return refund
