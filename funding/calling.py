"""Calling what was promised in writing, before any card is charged (docs/adr/0013-transfers-first.md).

At the close every transfer is called. Cards are charged as soon as they, with what has arrived by then, can make the
minimum; until then the fund waits (`calling`), at longest until the last call is due. When they no longer can, no card
is charged at all.
"""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce, Least

from funding import invoicing, locks, mailing
from funding.models import Commitment, Fund
from members.models import Member
from members.moves import move, move_all, move_or_refuse

State = Commitment.State
TRANSFER = Commitment.Backing.TRANSFER

# In these states of its fund a called transfer that arrives is taken.
EXPECTING = (Fund.State.CALLING, Fund.State.COLLECTING, Fund.State.MET)


def call(fund: Fund, *, by: Member | None, now: datetime.datetime) -> None:
    """Call every transfer of a fund whose amounts are fixed and suffice, and go on to the cards if they can be charged.

    For whoever holds the fund's lock alone.
    """
    transfers = fund.commitments.filter(state=State.SECURED, backing=TRANSFER)
    if transfers.exists():
        called = move_all(transfers, State.SECURED, State.CHARGING, by=by, now=now, why="called")
        _set_due(called, now)
        move(fund, Fund.State.CALLING, by=by, now=now)
        for commitment in (
            Commitment.objects.filter(pk__in=called).select_related("fund__receiver", "member").order_by("pk")
        ):
            invoicing.issue(commitment, now=now)
            mailing.called(commitment)
    _go_on(fund, by=by, now=now)


def go_on(fund_id: UUID, *, now: datetime.datetime) -> bool:
    """Charge the cards once they can make the minimum, or end it when nothing that was called can come any more.

    True when this call did either.
    """
    with transaction.atomic():
        locks.hold_alone(fund_id)
        fund = Fund.objects.select_for_update(no_key=True).get(pk=fund_id)
        return fund.state == Fund.State.CALLING and _go_on(fund, by=None, now=now)


def _go_on(fund: Fund, *, by: Member | None, now: datetime.datetime) -> bool:
    cards = fund.commitments.filter(state=State.SECURED)
    promised = cards.aggregate(total=Sum("counted_minor"))["total"] or 0
    arrived = collected_minor(fund)
    if arrived + promised >= (fund.required_minor or 0):
        ends = now + datetime.timedelta(minutes=fund.window_minutes)
        move(fund, Fund.State.COLLECTING, by=by, now=now, window_ends_at=ends)
        move_all(cards, State.SECURED, State.CHARGING, by=by, now=now, next_try_at=now)
        return True
    if fund.commitments.filter(state__in=Commitment.UNDECIDED).exists():
        return False
    why = "too little arrived by transfer"
    missed = {"outcome": Fund.Outcome.MISSED, "decided_at": now}
    if arrived:
        move(fund, Fund.State.REFUNDING, by=by, now=now, why=why, window_ends_at=now, **missed)
    else:
        move(fund, Fund.State.MISSED, by=by, now=now, why=why, **missed)
    move_all(cards, State.SECURED, State.RELEASED, by=by, now=now, why=why)
    return True


def call_off(fund: Fund, *, by: Member | None, now: datetime.datetime, why: str) -> None:
    """Cancel it while it waits for transfers, for whoever holds its lock alone: no card was charged yet.

    Raises ValidationError (`state_changed`).
    """
    cards = fund.commitments.filter(state=State.SECURED)
    expected = fund.commitments.filter(state=State.CHARGING)
    cancelled = {"outcome": Fund.Outcome.CANCELLED, "decided_at": now}
    if fund.commitments.filter(transferred_minor__gt=0).exists():
        move_or_refuse(fund, Fund.State.REFUNDING, by=by, now=now, why=why, window_ends_at=now, **cancelled)
    else:
        move_or_refuse(fund, Fund.State.CANCELLED, by=by, now=now, why=why, **cancelled)
        move_all(expected, State.CHARGING, State.DROPPED, by=by, now=now, why="cancelled")
    move_all(cards, State.SECURED, State.RELEASED, by=by, now=now, why="cancelled")


def end_call(commitment_id: UUID, *, now: datetime.datetime) -> Commitment:
    """Stop waiting for a called transfer that is due, or whose fund returns everything: what came of it counts.

    Unchanged while it is waited for.
    """
    fund_id = Commitment.objects.values_list("fund", flat=True).get(pk=commitment_id)
    with transaction.atomic():
        locks.share(fund_id)
        commitment = (
            Commitment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("fund", "member")
            .get(pk=commitment_id)
        )
        over = commitment.fund.state == Fund.State.REFUNDING or (
            commitment.due_at is not None and now >= commitment.due_at
        )
        if commitment.state != State.CHARGING or commitment.by_card or not over:
            return commitment
        came = commitment.transferred_minor
        if came:
            counted = min(commitment.counted_minor or 0, came)
            move(
                commitment,
                State.PAID,
                by=None,
                now=now,
                why="in part",
                amount_minor=came,
                counted_minor=counted,
                claimed_until_at=None,
            )
            if commitment.fund.state in EXPECTING:
                mailing.paid(commitment, now=now)
        else:
            move(commitment, State.DROPPED, by=None, now=now, why="did not arrive in time", claimed_until_at=None)
    return commitment


def collected_minor(fund: Fund) -> int:
    """What has arrived and stays, in minor units: paid promises, without those that a dispute has taken back and less
    what is being returned; and of transfers what came by now, be it in part."""
    stays = fund.commitments.filter(state=State.PAID).exclude(backing=TRANSFER).exclude(payment__disputed_minor__gt=0)
    kept = F("counted_minor") - Least(F("counted_minor"), Coalesce(F("payment__refunding_minor"), 0))
    came = fund.commitments.filter(state__in=(State.CHARGING, State.PAID), backing=TRANSFER)
    by_card = stays.aggregate(total=Sum(kept))["total"] or 0
    otherwise = came.aggregate(total=Sum(Least(F("counted_minor"), F("transferred_minor"))))["total"] or 0
    return int(by_card + otherwise)


def _set_due(called: list[UUID], now: datetime.datetime) -> None:
    """Each from the call for as many days as its payer was given."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE funding_commitment SET due_at = %s + w.pay_within_days * interval '1 day'
            FROM funding_writtenpromise w WHERE w.commitment_id = funding_commitment.id
              AND funding_commitment.id = ANY(%s)
            """,
            [now, called],
        )
