"""The second decision: on what has arrived, once nothing is open any more or the time to mend cards is over."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce, Least

from funding import collecting, locks
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
    over = open_ones.filter(Q(fund__state=Fund.State.REFUNDING) | late & (Q(tried) | waited))
    return claim(over, now=now, limit=limit, order="next_try_at")


def decide(fund_id: UUID, *, now: datetime.datetime) -> bool:
    """Decide when it is time to: enough has arrived, or everything goes back. True when this call decided.

    Before the window is over it decides only what cannot change any more: nothing is open, and either enough has
    arrived or nobody can join to fill the gap.
    """
    with transaction.atomic():
        locks.hold_alone(fund_id)
        fund = Fund.objects.select_for_update(no_key=True).get(pk=fund_id)
        if fund.state != Fund.State.COLLECTING or fund.required_minor is None or fund.window_ends_at is None:
            return False
        if fund.commitments.filter(state__in=Commitment.UNDECIDED).exists():
            return False
        enough = collected_minor(fund) >= fund.required_minor
        if not enough and fund.fills_gap and now < fund.window_ends_at:
            return False
        if enough:
            return move(fund, Fund.State.MET, by=None, now=now, outcome=Fund.Outcome.MET, decided_at=now)
        return move(fund, Fund.State.REFUNDING, by=None, now=now, outcome=Fund.Outcome.MISSED, decided_at=now)


def collected_minor(fund: Fund) -> int:
    """What has arrived and stays, in minor units: paid promises, without those that a dispute has taken back and
    less what is being returned."""
    stays = fund.commitments.filter(state=State.PAID).exclude(payment__disputed_minor__gt=0)
    kept = F("counted_minor") - Least(F("counted_minor"), Coalesce(F("payment__refunding_minor"), 0))
    return int(stays.aggregate(total=Sum(kept))["total"] or 0)
