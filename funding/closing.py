"""Closing a fund: no more promises, every amount fixed, the first decision; or cancelling it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from funding import calling, locks
from funding.models import Commitment, Fund
from members.models import Member
from members.moves import move, move_all, move_or_refuse
from payments.money import Money

State = Commitment.State

DRAIN_PATIENCE = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Fixed:
    """What one commitment is charged, and how much of it counts towards the minimum; minor units."""

    amount_minor: int
    counted_minor: int


def close_due(fund_id: UUID, *, now: datetime.datetime) -> bool:
    """End the promising when the deadline has come; True when this call did it."""
    with transaction.atomic():
        fund = _hold(fund_id)
        if fund.state != Fund.State.OPEN or now < fund.deadline_at:
            return False
        return move(fund, Fund.State.CLOSING, by=None, now=now, why="the deadline", closed_at=now)


def drained(*, now: datetime.datetime) -> QuerySet[Fund]:
    """Closing funds whose last card pages are over, so that everybody who saved a card in time is counted.

    When Stripe has given no answer for an hour they go on without.
    """
    drafts = Commitment.objects.filter(fund=OuterRef("pk"), state=State.DRAFT)
    closing = Fund.objects.filter(state=Fund.State.CLOSING)
    return closing.filter(~Exists(drafts) | Q(closed_at__lte=now - DRAIN_PATIENCE))


def fix(
    fund_id: UUID,
    *,
    required: Money,
    amounts: Mapping[UUID, Fixed] | None,
    now: datetime.datetime,
    by: Member | None = None,
) -> Fund:
    """Fix what each secured commitment is charged, and take the first decision; the owning app's word at the close.

    `required` is what must arrive for the purpose, never less than the published minimum. `amounts` of None charges
    everybody their maximum, counted in full. Promised enough: transfers are called, and cards charged as soon as with
    what has arrived they can make it (`calling.call`). Not enough: everybody is released, nobody is charged. A fund
    that is no longer closing is returned as it stands.
    Raises RuntimeError when an amount is missing or `required` is below the minimum: mistakes of the caller.
    """
    with transaction.atomic():
        fund = _hold(fund_id)
        if fund.state != Fund.State.CLOSING:
            return fund
        if required < fund.money(fund.minimum_minor):
            raise RuntimeError("A fund never requires less than the minimum that it published.")
        secured = Commitment.objects.filter(fund=fund, state=State.SECURED)
        if amounts is None:
            secured.update(amount_minor=F("maximum_minor"), counted_minor=F("maximum_minor"))
        else:
            _write_amounts(fund, amounts)
            if secured.filter(amount_minor=None).exists():
                raise RuntimeError("Every secured commitment needs an amount before its fund can collect.")
        promised = secured.aggregate(total=Sum("counted_minor"))["total"] or 0
        if promised >= required.minor:
            Fund.objects.filter(pk=fund.pk).update(required_minor=required.minor)
            fund.required_minor = required.minor
            calling.call(fund, by=by, now=now)
        else:
            move(
                fund,
                Fund.State.MISSED,
                by=by,
                now=now,
                required_minor=required.minor,
                outcome=Fund.Outcome.MISSED,
                decided_at=now,
            )
            move_all(secured, State.SECURED, State.RELEASED, by=by, now=now, why="too little promised")
    return fund


def cancel(fund_id: UUID, *, by: Member | None, now: datetime.datetime, why: str) -> Fund:
    """Call it off: before collecting everybody is released, while collecting everything goes back.

    Raises ValidationError: `reason_missing`, `fund_decided` (it was reached, missed or cancelled already).
    """
    if not why.strip():
        raise ValidationError(_("Say why, everybody will read it."), code="reason_missing")
    with transaction.atomic():
        fund = _hold(fund_id)
        if fund.state in (Fund.State.OPEN, Fund.State.CLOSING):
            secured = Commitment.objects.filter(fund=fund, state=State.SECURED)
            move_or_refuse(
                fund,
                Fund.State.CANCELLED,
                by=by,
                now=now,
                why=why,
                outcome=Fund.Outcome.CANCELLED,
                closed_at=fund.closed_at or now,
                decided_at=now,
            )
            move_all(secured, State.SECURED, State.RELEASED, by=by, now=now, why="cancelled")
        elif fund.state == Fund.State.CALLING:
            calling.call_off(fund, by=by, now=now, why=why)
        elif fund.state == Fund.State.COLLECTING:
            # Charges that are on their way are followed to their end and then returned like the others.
            move_or_refuse(
                fund,
                Fund.State.REFUNDING,
                by=by,
                now=now,
                why=why,
                outcome=Fund.Outcome.CANCELLED,
                decided_at=now,
            )
        else:
            raise ValidationError(_("This is decided already and cannot be cancelled."), code="fund_decided")
    return fund


def _hold(fund_id: UUID) -> Fund:
    locks.hold_alone(fund_id)
    return Fund.objects.select_for_update(no_key=True).get(pk=fund_id)


def _write_amounts(fund: Fund, amounts: Mapping[UUID, Fixed]) -> None:
    """One statement whatever the number; rows of other funds or states are left alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE funding_commitment SET amount_minor = fixed.amount, counted_minor = fixed.counted
            FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS fixed(id, amount, counted)
            WHERE funding_commitment.id = fixed.id AND fund_id = %s AND state = 'secured'
            """,
            [
                [str(pk) for pk in amounts],
                [one.amount_minor for one in amounts.values()],
                [one.counted_minor for one in amounts.values()],
                fund.pk,
            ],
        )
