"""Money without a card meets the promise that it pays: assigned up to what was promised, the rest stays on suspense."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from funding import locks, mailing, totals
from funding.calling import EXPECTING
from funding.models import Commitment, Fund
from members.models import Member
from members.moves import move, record
from payments import receiving
from payments.models import Assignment, BankReceipt
from payments.money import Money

State = Commitment.State
TRANSFER = Commitment.Backing.TRANSFER


def apply(receipt_id: UUID, *, now: datetime.datetime) -> Assignment | None:
    """Assign what is free of a receipt to the promise that it is meant for; None when that expects nothing (yet, or any
    more) or nothing is free."""
    purpose = BankReceipt.objects.values_list("purpose_id", flat=True).get(pk=receipt_id)
    fund_id = Commitment.objects.filter(pk=purpose).values_list("fund", flat=True).first() if purpose else None
    if purpose is None or fund_id is None:
        return None
    with transaction.atomic():
        locks.share(fund_id)
        commitment = (
            Commitment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("fund__account__receiver", "member")
            .get(pk=purpose)
        )
        receipt = BankReceipt.objects.select_for_update(no_key=True).get(pk=receipt_id)
        expected = (commitment.amount_minor or 0) - commitment.transferred_minor
        taken = min(receipt.free.minor, expected)
        expects = commitment.state == State.CHARGING and commitment.fund.state in EXPECTING
        if commitment.backing != TRANSFER or not expects or taken <= 0 or receipt.purpose_id != purpose:
            return None
        assignment = receiving.assign(
            receipt,
            purpose_id=commitment.pk,
            credit_account=commitment.fund.account,
            amount=Money(taken, receipt.currency),
            now=now,
        )
        totals.add_collected(commitment, taken, promises=0 if commitment.transferred_minor else 1)
        commitment.transferred_minor += taken
        commitment.save(update_fields=["transferred_minor"])
        if commitment.transferred_minor == commitment.amount_minor:
            move(commitment, State.PAID, by=None, now=now, claimed_until_at=None)
            mailing.paid(commitment, now=now)
        else:
            mailing.arrived_in_part(commitment)
    return assignment


def appliable(*, limit: int) -> list[UUID]:
    """Receipts with something free whose promise expects money: what came before it was called, above all."""
    expecting = Commitment.objects.filter(backing=TRANSFER, state=State.CHARGING, fund__state__in=EXPECTING)
    return list(free_receipts().filter(purpose_id__in=expecting.values("pk")).values_list("pk", flat=True)[:limit])


def free_receipts() -> QuerySet[BankReceipt]:
    """Money on suspense, the oldest first."""
    used = F("assigned_minor") + F("returned_minor")
    return BankReceipt.objects.filter(amount_minor__gt=used).order_by("arrived_on", "pk")


def returnable() -> QuerySet[BankReceipt]:
    """Money on suspense that no promise waits for or will: to be assigned by hand, or returned."""
    states = Commitment.objects.filter(pk=OuterRef("purpose_id")).values("state")[:1]
    waited = (State.DRAFT, State.SECURED, State.CHARGING)
    stands = free_receipts().annotate(promise_state=Subquery(states))
    return stands.filter(Q(promise_state=None) | ~Q(promise_state__in=waited))


def say_what_for(receipt: BankReceipt, commitment: Commitment, *, by: Member, now: datetime.datetime) -> None:
    """A treasurer knows which promise an arrival pays. It counts at once, or when the promise is called.

    Raises ValidationError: `receipt_used`, `currency_differs`, `another_receiver`, `promise_over`.
    """
    if commitment.fund.receiver_id != receipt.receiver_id:
        raise ValidationError(_("This was promised to another organisation."), code="another_receiver")
    if commitment.currency != receipt.currency:
        raise ValidationError(
            _("This takes %(currency)s only."), code="currency_differs", params={"currency": commitment.currency}
        )
    if commitment.backing != TRANSFER or commitment.state not in (State.DRAFT, State.SECURED, State.CHARGING):
        raise ValidationError(_("Nothing more is expected for this promise."), code="promise_over")
    with transaction.atomic():
        # Not while somebody assigns or returns it.
        locked = BankReceipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
        if not locked.free:
            raise ValidationError(_("This money has been assigned or returned already."), code="receipt_used")
        locked.purpose_id = commitment.pk
        locked.save(update_fields=["purpose_id"])
        record(locked, "suspense", "meant for", by=by, now=now, why=commitment.reference)
    apply(receipt.pk, now=now)


def to_owe(*, limit: int) -> list[UUID]:
    """Assignments of funds that return everything: from now on owed to those who paid."""
    returning = Fund.objects.filter(state=Fund.State.REFUNDING).values("account")
    rows = Assignment.objects.filter(credit_account__in=returning, state=Assignment.State.COUNTED)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def owe(assignment_id: UUID, *, now: datetime.datetime) -> None:
    """It is owed back. Raises ValidationError (`state_changed`) when somebody was faster."""
    rows = Assignment.objects.select_related("credit_account__receiver")
    receiving.owe_back(rows.get(pk=assignment_id), now=now)


def return_owed(assignment: Assignment, *, how: str, by: Member, now: datetime.datetime) -> None:
    """It was returned, and its payer is told by which reference they find it. Raises as `receiving.return_owed` does."""
    with transaction.atomic():
        receiving.return_owed(assignment, how=how, by=by, now=now)
        commitment = Commitment.objects.select_related("fund", "member").filter(pk=assignment.purpose_id).first()
        if commitment is not None:
            mailing.returned(commitment, assignment.amount, how)


def return_free(receipt: BankReceipt, *, how: str, by: Member, now: datetime.datetime) -> None:
    """What belongs to nothing was returned; whoever promised it is told. Raises as `receiving.return_free` does."""
    with transaction.atomic():
        amount = receiving.return_free(receipt, how=how, by=by, now=now)
        if receipt.purpose_id is not None:
            commitment = Commitment.objects.select_related("fund", "member").get(pk=receipt.purpose_id)
            mailing.returned(commitment, amount, how)
