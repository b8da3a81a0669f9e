"""The second decision: on what has arrived, once nothing is open any more or the time to mend cards is over."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from funding import calling, collecting, locks
from funding.claiming import claim
from funding.models import Commitment, Fund
from members.moves import move
from payments import charging
from payments.models import Attempt, Payment

State = Commitment.State

UNTRIED_GRACE = datetime.timedelta(days=1)


def drop_overdue(commitment_id: UUID, *, now: datetime.datetime) -> Commitment:
    """Give up on one promise after the window: its payment is cancelled at Stripe first; had it succeeded, it is paid.

    Undecided while Stripe gives no answer. Talks to Stripe.
    """
    commitment = Commitment.objects.select_related("fund").get(pk=commitment_id)
    if not commitment.by_card:
        return calling.end_call(commitment_id, now=now)
    fund = commitment.fund
    over = fund.state == Fund.State.REFUNDING or (fund.window_ends_at is not None and now >= fund.window_ends_at)
    if commitment.state not in Commitment.UNDECIDED or not over:
        return commitment
    if commitment.payment_id is not None:
        payment = charging.cancel_payment(commitment.payment_id, now=now)
        if payment.state == Payment.State.SUCCEEDED:
            return collecting.follow(commitment_id, now=now)
        if payment.state != Payment.State.CANCELED:
            return commitment
    with transaction.atomic():
        locked = Commitment.objects.select_for_update(no_key=True).get(pk=commitment_id)
        # Between our cancelling and now another payment may have been prepared, with another card.
        if locked.payment_id == commitment.payment_id and locked.state in Commitment.UNDECIDED:
            move(locked, State.DROPPED, by=None, now=now, why="not paid in time", next_try_at=None)
    return locked


def claim_overdue(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Claim promises to `drop_overdue`: their fund's window is over, or everything is going back.

    A card that was never tried is given its try first, for a day: nobody is dropped for a worker's delay.
    """
    open_ones = Commitment.objects.filter(state__in=Commitment.UNDECIDED)
    late = Q(fund__state__in=(Fund.State.COLLECTING, Fund.State.MET), fund__window_ends_at__lte=now)
    tried = Exists(Attempt.objects.filter(payment=OuterRef("payment")))
    waited = Q(fund__window_ends_at__lte=now - UNTRIED_GRACE) & Q(secured_at__lte=now - UNTRIED_GRACE)
    late &= ~Q(backing=Commitment.Backing.TRANSFER) & (Q(tried) | waited)
    unpaid = Q(fund__state__in=calling.EXPECTING, backing=Commitment.Backing.TRANSFER, due_at__lte=now)
    over = open_ones.filter(Q(fund__state=Fund.State.REFUNDING) | late | unpaid)
    return claim(over, now=now, limit=limit, order="next_try_at")


def decide(fund_id: UUID, *, now: datetime.datetime) -> bool:
    """Decide when it is time to: enough has arrived, or everything goes back. True when this call decided.

    Before the window is over it decides only what cannot change any more: no card is open, and either enough has
    arrived, or no transfer is expected and nobody can join to fill the gap.
    """
    with transaction.atomic():
        locks.hold_alone(fund_id)
        fund = Fund.objects.select_for_update(no_key=True).get(pk=fund_id)
        if fund.state != Fund.State.COLLECTING or fund.required_minor is None or fund.window_ends_at is None:
            return False
        still_open = fund.commitments.filter(state__in=Commitment.UNDECIDED)
        if still_open.exclude(backing=Commitment.Backing.TRANSFER).exists():
            return False
        enough = calling.collected_minor(fund) >= fund.required_minor
        # A transfer that is not due yet is waited for only while it is needed.
        if not enough and still_open.exists():
            return False
        if not enough and fund.fills_gap and now < fund.window_ends_at:
            return False
        if enough:
            return move(fund, Fund.State.MET, by=None, now=now, outcome=Fund.Outcome.MET, decided_at=now)
        return move(fund, Fund.State.REFUNDING, by=None, now=now, outcome=Fund.Outcome.MISSED, decided_at=now)
