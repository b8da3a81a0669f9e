"""What payers are told about their promises. Each mail is written in the transaction of the fact that it tells.

Whoever ordered reads of their order, its number and its price (`templates/funding/mail/order/`), who promised in writing of
a transfer (`templates/funding/mail/written/`), everybody else of their support.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from funding import links
from funding.models import Commitment, Consent, Fund, WrittenPromise
from funding.references import in_groups
from members import mailing as members_mailing
from payments.bank_details import details_of
from payments.money import Money

State = Commitment.State

ANNOUNCED_BEFORE = datetime.timedelta(hours=48)
REMINDED_EVERY = datetime.timedelta(hours=48)


def _send(commitment: Commitment, template: str, **more: Any) -> None:
    minor = commitment.amount_minor if commitment.amount_minor is not None else commitment.maximum_minor
    context = {
        "commitment": commitment,
        "fund": commitment.fund,
        "own_page": commitment.page_path or "/me/",
        "amount": Money(minor, commitment.currency),
        "card_link": links.card_link(commitment.pk),
        "confirm_link": links.confirm_link(commitment.pk),
        **more,
    }
    folder = "funding/mail/order" if commitment.fund.kind == Fund.Kind.ORDER else "funding/mail"
    if not commitment.by_card:
        folder = "funding/mail/written"
        context["reference"] = in_groups(commitment.reference)
    members_mailing.send(commitment.member, f"{folder}/{template}", context)


def promised(commitment: Commitment, consent: Consent) -> None:
    """The card is saved: what was agreed to, word for word."""
    _send(commitment, "promised", consent=consent, receiver=commitment.fund.receiver)


def written(commitment: Commitment, consent: Consent) -> None:
    """Promised in writing, word for word; a treasurer has to confirm it."""
    _send(commitment, "written", consent=consent, receiver=commitment.fund.receiver)


def not_confirmed(commitment: Commitment, why: str) -> None:
    """A written promise that does not count: in the treasurer's words, or because the close came first."""
    _send(commitment, "not_confirmed", why=why, receiver=commitment.fund.receiver)


def called(commitment: Commitment) -> None:
    """Pay now: how much, to which account, with which reference, until when."""
    receiver = commitment.fund.receiver
    promise = commitment.written
    invoice = links.invoice_link(commitment.pk) if promise.way == WrittenPromise.Way.INVOICE else ""
    _send(commitment, "called", receiver=receiver, details=details_of(receiver), written=promise, invoice_link=invoice)


def arrived_in_part(commitment: Commitment) -> None:
    """Some of it has arrived: what is still expected."""
    came = Money(commitment.transferred_minor, commitment.currency)
    _send(commitment, "arrived_in_part", came=came, rest=commitment.charge - came)


def returned(commitment: Commitment, amount: Money, how: str) -> None:
    """Money that came without a card went back, and by which reference it is found."""
    _send(commitment, "returned", returned=amount, how=how)


def changed(commitment: Commitment, consent: Consent) -> None:
    """Another amount: what is agreed to from now on."""
    _send(commitment, "changed", consent=consent)


def withdrawn(commitment: Commitment) -> None:
    """Taken back before the close."""
    _send(commitment, "withdrawn")


def paid(commitment: Commitment, *, now: datetime.datetime) -> None:
    """The money has arrived; for what goes ahead already that is the outcome as well."""
    if commitment.fund.outcome == Fund.Outcome.MET:
        Commitment.objects.filter(pk=commitment.pk).update(outcome_told_at=now)
    _send(commitment, "paid")


def declined(commitment: Commitment, *, now: datetime.datetime) -> None:
    """The card was declined, and until when it can be mended."""
    Commitment.objects.filter(pk=commitment.pk).update(reminded_at=now)
    _send(commitment, "declined")


def action_required(commitment: Commitment, *, now: datetime.datetime) -> None:
    """The bank wants the cardholder's yes."""
    Commitment.objects.filter(pk=commitment.pk).update(reminded_at=now)
    _send(commitment, "action_required")


def announceable(*, now: datetime.datetime, limit: int) -> list[Commitment]:
    """Promises whose fund closes within two days and that have not been told what will be charged."""
    return list(
        Commitment.objects.filter(
            state=State.SECURED,
            announced_at=None,
            fund__state=Fund.State.OPEN,
            fund__deadline_at__lte=now + ANNOUNCED_BEFORE,
        )
        .select_related("fund__receiver", "member", "card")
        .order_by("pk")[:limit]
    )


def announce(commitment: Commitment, *, now: datetime.datetime) -> bool:
    """Say what will be charged, when, under which name, and how to withdraw. True when this call said it."""
    with transaction.atomic():
        if not Commitment.objects.filter(pk=commitment.pk, announced_at=None).update(announced_at=now):
            return False
        _send(commitment, "announcement", receiver=commitment.fund.receiver)
    return True


def extended(*, limit: int) -> list[Commitment]:
    """Promises made before their fund's deadline moved, whose payers have not been told."""
    return list(
        Commitment.objects.filter(
            state=State.SECURED,
            extension_told_at=None,
            fund__state=Fund.State.OPEN,
            fund__extended_at__gt=F("created_at"),
        )
        .select_related("fund", "member")
        .order_by("pk")[:limit]
    )


def tell_extended(commitment: Commitment, *, now: datetime.datetime) -> bool:
    """Say until when it is open now, and that they may withdraw. True when this call said it."""
    with transaction.atomic():
        if not Commitment.objects.filter(pk=commitment.pk, extension_told_at=None).update(extension_told_at=now):
            return False
        fund = commitment.fund
        _send(commitment, "extended", minimum=fund.money(fund.minimum_minor))
    return True


def remindable(*, now: datetime.datetime, limit: int) -> list[Commitment]:
    """Promises that wait for their payer and were last reminded long enough ago."""
    waiting = Commitment.objects.filter(
        state__in=(State.DECLINED, State.ACTION_REQUIRED),
        fund__state__in=(Fund.State.COLLECTING, Fund.State.MET),
        fund__window_ends_at__gt=now,
    ).exclude(state=State.DECLINED, card_exhausted=False, next_try_at__lte=now)
    # The card that is just due for another try is tried first: nobody reads “declined” beside “arrived”.
    waiting = waiting.select_related("fund", "member")
    due = Q(reminded_at=None) | Q(reminded_at__lte=now - REMINDED_EVERY)
    # In a short window the reminder comes after a third of it.
    short = Q(fund__window_minutes__lt=REMINDED_EVERY.total_seconds() // 20) & Q(
        reminded_at__lte=now - F("fund__window_minutes") * datetime.timedelta(seconds=20)
    )
    return list(waiting.filter(due | short).order_by("pk")[:limit])


def remind(commitment: Commitment, *, now: datetime.datetime) -> bool:
    """Ask again to mend the card or to confirm at the bank. True when this call asked."""
    with transaction.atomic():
        if not Commitment.objects.filter(
            pk=commitment.pk, state=commitment.state, reminded_at=commitment.reminded_at
        ).update(reminded_at=now, reminders=F("reminders") + 1):
            return False
        _send(commitment, "declined" if commitment.state == State.DECLINED else "action_required", again=True)
    return True


def untold(*, limit: int) -> list[Commitment]:
    """Promises that have ended, or whose money's fate is decided, and whose payer has not been told."""
    decided = Q(state__in=(State.PAID, State.RELEASED)) & ~Q(fund__outcome=Fund.Outcome.UNDECIDED)
    ended = Commitment.objects.filter(decided | Q(state=State.DROPPED), outcome_told_at=None)
    return list(ended.select_related("fund", "member", "card").order_by("pk")[:limit])


def tell_outcome(commitment: Commitment, *, now: datetime.datetime) -> bool:
    """Say how it ended. True when this call said it."""
    with transaction.atomic():
        if not Commitment.objects.filter(pk=commitment.pk, outcome_told_at=None).update(outcome_told_at=now):
            return False
        if commitment.state == State.PAID:
            template = "reached" if commitment.fund.outcome == Fund.Outcome.MET else "going_back"
        else:
            template = "dropped" if commitment.state == State.DROPPED else "released"
        _send(commitment, template)
    return True
