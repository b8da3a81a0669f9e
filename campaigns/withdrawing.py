"""Withdrawing from the contract after the close, and what the producer answers. Before it, `pledging.withdraw` is enough."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns import choosing
from campaigns.models import Pledge, PledgeLine, Withdrawal
from funding.models import Commitment
from members import mailing
from members.models import Member
from members.moves import move_or_refuse, record
from payments import refunding
from payments.money import Money
from payments.writing import written

State = Withdrawal.State


def lines_of(pledge: Pledge) -> list[PledgeLine]:
    """What can be withdrawn from: the rewards with that right. Nothing before the money has arrived."""
    if pledge.commitment.state != Commitment.State.PAID:
        return []
    return [line for line in pledge.lines.all() if line.tier.can_be_withdrawn_from]


def amount_of(pledge: Pledge, lines: Sequence[PledgeLine]) -> Money:
    """What comes back: these rewards with their delivery, and no more than is left of what arrived."""
    payment = pledge.commitment.payment
    left = 0 if payment is None else payment.returnable.minor
    return Money(min(left, sum(line.amount_minor for line in lines)), pledge.commitment.currency)


def wording(pledge: Pledge, lines: Sequence[PledgeLine]) -> str:
    """The declaration, word for word, as it is shown before it is made."""
    return _("I withdraw from the contract about these rewards of “%(title)s”: %(rewards)s. %(amount)s comes back.") % {
        "title": pledge.campaign.title,
        "rewards": choosing.told(lines),
        "amount": written(amount_of(pledge, lines)),
    }


def declare(pledge: Pledge, *, by: Member, now: datetime.datetime) -> Withdrawal:
    """Note the declaration with its time, and mail it to who made it. Whether it came in time is answered by the producer:
    when something was received, only the two of them know.

    Raises ValidationError: `nothing_to_withdraw_from`, `withdrawal_declared`.
    """
    lines = lines_of(pledge)
    amount = amount_of(pledge, lines)
    if not amount.minor:
        raise ValidationError(_("There is nothing here to withdraw from."), code="nothing_to_withdraw_from")
    row = Withdrawal(pledge=pledge, amount_minor=amount.minor, said=wording(pledge, lines), declared_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            record(row, "", row.state, by=by, now=now)
            mailing.send(pledge.member, "campaigns/mail/withdrawal_declared", {"withdrawal": row, "pledge": pledge})
    except IntegrityError as twice:
        raise ValidationError(_("You have declared this already."), code="withdrawal_declared") from twice
    return row


def accept(row: Withdrawal, *, by: Member, now: datetime.datetime) -> None:
    """Return the money; above the limit for one person, a second one approves the refund.

    Raises ValidationError: `state_changed`, and what `payments.refunding.request_refund` raises.
    """
    pledge = row.pledge
    if pledge.commitment.payment is None:
        raise ValidationError(_("There is nothing here to withdraw from."), code="nothing_to_withdraw_from")
    with transaction.atomic():
        move_or_refuse(row, State.RETURNED, by=by, now=now)
        refunding.request_refund(
            payment=pledge.commitment.payment, amount=row.amount, purpose=f"withdrawal {row.pk}", by=by, now=now
        )
        mailing.send(pledge.member, "campaigns/mail/withdrawal_accepted", {"withdrawal": row, "pledge": pledge})


def refuse(row: Withdrawal, *, by: Member, now: datetime.datetime, why: str) -> None:
    """Say why there is no right to it. Raises ValidationError (`state_changed`)."""
    with transaction.atomic():
        move_or_refuse(row, State.REFUSED, by=by, now=now, why=why)
        mailing.send(row.pledge.member, "campaigns/mail/withdrawal_refused", {"pledge": row.pledge, "why": why})
