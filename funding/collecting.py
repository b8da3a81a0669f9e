"""Collecting: charging the saved cards of a closed fund, and following each charge to its end.

A due commitment is claimed by a lease, so that many workers share the work and a worker that dies gives its share back.
Whoever takes over asks Stripe first what became of it.
"""

from __future__ import annotations

import datetime
import logging
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from funding import locks, mailing, totals
from funding.claiming import claim
from funding.models import Commitment, Fund
from members.moves import move
from payments import charging
from payments.models import Attempt, Payment

logger = logging.getLogger(__name__)

State = Commitment.State

NO_ANSWER_RETRY = datetime.timedelta(seconds=30)
# A bank that said no is asked again with the same card, unless it forbade that, as often as people are reminded.
RETRY_DECLINED = datetime.timedelta(hours=48)


def claim_due(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Claim up to `limit` commitments that are due for a try; the ids, for `collect`."""
    due = Commitment.objects.filter(
        state__in=(State.CHARGING, State.DECLINED),
        fund__state__in=(Fund.State.COLLECTING, Fund.State.MET),
        next_try_at__lte=now,
        card_exhausted=False,
    )
    return claim(due, now=now, limit=limit, order="next_try_at")


def collect(commitment_id: UUID, *, now: datetime.datetime) -> None:
    """Try to charge one claimed commitment and note what came of it. Talks to Stripe."""
    payment = _payment_for(commitment_id, now=now)
    if payment is not None:
        card_id = Commitment.objects.values_list("card", flat=True).get(pk=commitment_id)
        if card_id is not None and charging.is_clear(payment.pk, now=now):
            charging.charge(payment.pk, card_id=card_id, now=now)
    follow(commitment_id, now=now)


def confirm_present(commitment_id: UUID, *, return_url: str, now: datetime.datetime) -> Attempt | None:
    """Charge while the cardholder is here, on the same payment; `action_url` is where their bank wants them.

    None when there is nothing to confirm, or somebody else is at it.
    """
    commitment = Commitment.objects.select_related("payment", "fund").get(pk=commitment_id)
    if commitment.state not in Commitment.UNDECIDED or commitment.fund.state not in (
        Fund.State.COLLECTING,
        Fund.State.MET,
    ):
        return None
    payment = _payment_for(commitment_id, now=now)
    if payment is None or commitment.card_id is None:
        return None
    attempt = charging.charge(payment.pk, card_id=commitment.card_id, now=now, on_session=True, return_url=return_url)
    follow(commitment_id, now=now)
    return attempt


def look_again(commitment_id: UUID, *, now: datetime.datetime) -> Commitment:
    """Ask Stripe how the payment stands and follow it; for a cardholder who comes back from their bank."""
    commitment = Commitment.objects.get(pk=commitment_id)
    if commitment.payment_id is not None:
        charging.look_up(commitment.payment_id, now=now, as_of=None)
    return follow(commitment_id, now=now)


def follow(commitment_id: UUID, *, now: datetime.datetime) -> Commitment:
    """Bring a commitment's state up to what its payment says. Facts are read from `payments`; nothing is asked anew."""
    with transaction.atomic():
        commitment = (
            Commitment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("fund", "payment", "member")
            .get(pk=commitment_id)
        )
        payment = commitment.payment
        if payment is None or commitment.state not in Commitment.UNDECIDED:
            return commitment
        if payment.state == Payment.State.SUCCEEDED:
            move(commitment, State.PAID, by=None, now=now, next_try_at=None, claimed_until_at=None)
            totals.add_collected(commitment, payment.received_minor, promises=1)
            mailing.paid(commitment, now=now)
            return commitment
        _follow_attempt(commitment, payment.attempts.last(), now=now)
    return commitment


def followable(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Commitments whose payment has moved on without them (a webhook, a look-up, a confirmation at the bank)."""
    last = Attempt.objects.filter(payment=OuterRef("payment")).order_by("-number").values("state")[:1]
    undecided = Commitment.objects.filter(state__in=Commitment.UNDECIDED).annotate(last_attempt=Subquery(last))
    answered = Q(last_attempt__in=(Attempt.State.DECLINED, Attempt.State.ACTION_REQUIRED))
    return list(
        undecided.filter(
            Q(payment__state=Payment.State.SUCCEEDED)
            | Q(state=State.CHARGING, next_try_at__lte=now, claimed_until_at__lte=now) & answered
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )


def _payment_for(commitment_id: UUID, *, now: datetime.datetime) -> Payment | None:
    """The commitment's live payment, prepared when there is none; None when it is not to be charged any more."""
    fund_id = Commitment.objects.values_list("fund", flat=True).get(pk=commitment_id)
    with transaction.atomic():
        # A cancel waits for this, or is seen here: nobody is charged for what was called off.
        locks.share(fund_id)
        commitment = (
            Commitment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("fund__account__receiver", "payment", "member", "card__customer")
            .get(pk=commitment_id)
        )
        if commitment.state not in Commitment.UNDECIDED or commitment.card is None:
            return None
        if commitment.fund.state not in (Fund.State.COLLECTING, Fund.State.MET):
            return None
        if commitment.state == State.DECLINED:
            move(commitment, State.CHARGING, by=None, now=now, why="another try")
        payment = commitment.payment
        if payment is None or payment.state == Payment.State.CANCELED:
            payment = charging.prepare_payment(
                purpose_id=commitment.pk,
                payer=commitment.member,
                card=commitment.card,
                credit_account=commitment.fund.account,
                amount=commitment.fund.money(commitment.amount_minor or 0),
                description=commitment.called,
                now=now,
            )
            Commitment.objects.filter(pk=commitment.pk).update(payment=payment)
    return payment


def _follow_attempt(commitment: Commitment, attempt: Attempt | None, *, now: datetime.datetime) -> None:
    fields: dict[str, Any] = {"claimed_until_at": None, "tries": attempt.number if attempt else commitment.tries}
    if attempt is not None and attempt.state == Attempt.State.DECLINED:
        if commitment.state == State.DECLINED:
            return
        exhausted = attempt.advice_code == "do_not_try_again" and attempt.card_id == commitment.card_id
        retry_at = now + min(RETRY_DECLINED, datetime.timedelta(minutes=commitment.fund.window_minutes) / 3)
        if attempt.card_id != commitment.card_id:
            retry_at = now
        move(
            commitment,
            State.DECLINED,
            by=None,
            now=now,
            why=attempt.decline_code,
            next_try_at=retry_at,
            card_exhausted=exhausted,
            **fields,
        )
        mailing.declined(commitment, now=now)
    elif attempt is not None and attempt.state == Attempt.State.ACTION_REQUIRED:
        if commitment.state == State.ACTION_REQUIRED:
            return
        move(commitment, State.ACTION_REQUIRED, by=None, now=now, next_try_at=None, **fields)
        if not attempt.on_session:
            mailing.action_required(commitment, now=now)
    else:
        # No answer yet, or never reached the bank: come back soon. Nothing was decided.
        Commitment.objects.filter(pk=commitment.pk).update(next_try_at=now + NO_ANSWER_RETRY, **fields)
