"""Returning everything: each payment of a missed or cancelled fund goes back in full, then the books of it close."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from funding import locks, settling
from funding.models import Commitment, Fund
from members.moves import move
from payments.booking import Kind, balance, book, sibling
from payments.models import Assignment, Dispute, Payment, Refund
from payments.refunding import request_refund

State = Commitment.State


def to_return(*, limit: int) -> list[UUID]:
    """Payments that arrived for funds that return everything, or for promises that were over already."""
    everything = Commitment.objects.filter(fund__state=Fund.State.REFUNDING, state=State.PAID)
    # Money is a fact: what arrives after the promise was dropped is recorded, and goes back.
    strays = Commitment.objects.filter(state__in=(State.DROPPED, State.RELEASED, State.WITHDRAWN, State.ABANDONED))
    return list(
        Payment.objects.filter(
            # By a union, not by an "or", for which PostgreSQL would go through the payments one by one.
            purpose_id__in=everything.values("pk").union(strays.values("pk")),
            state=Payment.State.SUCCEEDED,
            refunding_minor__lt=F("received_minor") - F("disputed_minor"),
        )
        .exclude(disputes__state=Dispute.State.OPEN)
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )


def return_payment(payment_id: UUID, *, now: datetime.datetime) -> Refund:
    """Ask for all of a payment that has not gone back yet; the worker of `payments` sends it."""
    with transaction.atomic():
        payment = Payment.objects.get(pk=payment_id)
        # One that gave way to a dispute does not stand for what is left after it.
        earlier = payment.refunds.filter(state=Refund.State.DECLINED).count()
        purpose = f"fund-returned-{earlier}" if earlier else "fund-returned"
        return request_refund(payment=payment, amount=payment.returnable, purpose=purpose, by=None, now=now)


def finish(fund_id: UUID, *, now: datetime.datetime) -> bool:
    """Close a fund that has returned everything: lost fees, and what went back twice, go to who agreed to bear them.

    True when this call did it.

    Waits while a promise is open, a payment is not fully returned, or a fee is not known yet.
    """
    with transaction.atomic():
        locks.hold_alone(fund_id)
        fund = Fund.objects.select_related("account__receiver", "fee_bearer").get(pk=fund_id)
        if fund.state != Fund.State.REFUNDING:
            return False
        if fund.commitments.filter(state__in=Commitment.UNDECIDED).exists() or _unreturned(fund):
            return False
        if balance(fund.account).minor < 0:
            # Money that is still somebody's.
            return False
        fees = sibling(fund.account, Kind.FUND_FEES, subject_id=fund.pk)
        lost = balance(fees)
        if lost:
            bearer = sibling(
                fund.account, Kind.ORGANISER, subject_id=fund.fee_bearer_id, name=fund.fee_bearer.name[:120]
            )
            book(
                "fund_fees_borne",
                fund.pk,
                [(bearer, lost.minor), (fees, -lost.minor)],
                now=now,
                memo=fund.title,
            )
        # A payment may go back twice, by our refund and through its bank: who agreed to bear the fees bears that too.
        settling.bear(fund, now=now)
        return move(fund, Fund.State.REFUNDED, by=None, now=now, settled_at=now)


def _unreturned(fund: Fund) -> bool:
    """Whether a payment has neither gone back nor been lost in a dispute, its fee is not booked yet, or money that came
    without a card is still here."""
    arrived = Payment.objects.filter(credit_account=fund.account, state=Payment.State.SUCCEEDED)
    done = Q(state__in=(Refund.State.SUCCEEDED, Refund.State.BY_HAND, *Refund.RESERVES_NOTHING))
    return (
        arrived.filter(refunding_minor__lt=F("received_minor") - F("disputed_minor")).exists()
        or arrived.filter(disputes__state__in=(Dispute.State.INQUIRY, Dispute.State.OPEN)).exists()
        or Refund.objects.filter(payment__in=arrived).exclude(done).exists()
        or arrived.filter(balance_transactions=None).exists()
        or Assignment.objects.filter(credit_account=fund.account).exclude(state=Assignment.State.RETURNED).exists()
    )
