"""Disputes: a cardholder's bank takes a payment back, or asks about it."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Sum

from members.moves import move, record
from payments import balancing
from payments.alarming import raise_alarm
from payments.booking import Kind, book, sibling
from payments.models import Dispute, Payment
from payments.money import Money
from payments.stripe_gateway import AccountRef, Answer

State = Dispute.State

_FROM_STRIPE = {
    "warning_needs_response": State.INQUIRY,
    "warning_under_review": State.INQUIRY,
    "warning_closed": State.WON,
    "prevented": State.WON,
    "needs_response": State.OPEN,
    "under_review": State.OPEN,
    "won": State.WON,
    "lost": State.LOST,
}


def apply_dispute(answer: Answer, *, account: AccountRef, now: datetime.datetime) -> Dispute | None:
    """Take over what Stripe says of a dispute; safe twice and out of order. None when the payment is not ours.

    What an open or lost dispute has taken is kept on the payment, so that the decision on a fund does not count it.
    """
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("credit_account__receiver")
            .filter(
                intent_id=_id(answer.get("payment_intent")),
                stripe_account=account.stripe_account,
                livemode=account.livemode,
            )
            .first()
        )
        if payment is None:
            return None
        dispute = _row(answer, payment, account, now=now)
        to = _FROM_STRIPE[answer["status"]]
        if to != dispute.state and to in Dispute.MOVES[dispute.state]:
            closed = now if to in (State.WON, State.LOST) else None
            move(dispute, to, by=None, now=now, closed_at=closed)
        taken = payment.disputes.filter(state__in=(State.OPEN, State.LOST)).aggregate(total=Sum("amount_minor"))
        Payment.objects.filter(pk=payment.pk).update(disputed_minor=taken["total"] or 0)
        for txn in answer.get("balance_transactions") or []:
            balancing.book_balance_transaction(txn, account=account, now=now)
        if dispute.state == State.LOST:
            held = sibling(payment.credit_account, Kind.DISPUTE_HELD)
            legs = [(payment.credit_account, dispute.amount_minor), (held, -dispute.amount_minor)]
            book("dispute_lost", dispute.dispute_id, legs, now=now, memo=dispute.reason)
    return dispute


def _row(answer: Answer, payment: Payment, account: AccountRef, *, now: datetime.datetime) -> Dispute:
    due = (answer.get("evidence_details") or {}).get("due_by")
    dispute, created = Dispute.objects.get_or_create(
        dispute_id=answer["id"],
        stripe_account=account.stripe_account,
        livemode=account.livemode,
        defaults={
            "payment": payment,
            "state": _FROM_STRIPE[answer["status"]],
            "amount_minor": answer["amount"],
            "currency": answer["currency"].upper(),
            "reason": answer["reason"],
            "evidence_due_at": datetime.datetime.fromtimestamp(due, tz=datetime.UTC) if due else None,
            "opened_at": now,
        },
    )
    if created:
        record(dispute, "", dispute.state, by=None, now=now, why=dispute.reason)
        raise_alarm(
            f"dispute:{dispute.dispute_id}",
            f"A payment of {Money(dispute.amount_minor, dispute.currency)} is disputed ({dispute.reason}). "
            f"Answer at Stripe until {dispute.evidence_due_at or 'soon'}.",
            now=now,
        )
    return dispute


def _id(reference: object) -> str:
    return str(reference["id"]) if isinstance(reference, dict) else str(reference or "")
