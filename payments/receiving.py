"""Money that came another way than by card: recorded on suspense, assigned to what it pays for, or returned."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move_or_refuse, record
from payments.booking import Kind, account_for, book, sibling
from payments.models import Account, Assignment, BankReceipt, Receiver
from payments.money import Money

State = Assignment.State


def record_receipt(
    *,
    receiver: Receiver,
    amount: Money,
    bank_reference: str,
    arrived_on: datetime.date,
    by: Member,
    now: datetime.datetime,
    way: str = BankReceipt.Way.TRANSFER,
    purpose_id: UUID | None = None,
    payer_name: str = "",
    remittance: str = "",
) -> BankReceipt:
    """Record one line of the bank account, one receipt of the till or one cheque. It stands on suspense until `assign`.

    Raises ValidationError: `receipt_known` (the same line was recorded before), `amount_not_positive`,
    `bank_reference_missing`, `arrived_in_future`.
    """
    if amount.minor <= 0:
        raise ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")
    if not bank_reference.strip():
        raise ValidationError(
            _("Say by which reference it is found: of the bank's line, the receipt or the cheque."),
            code="bank_reference_missing",
        )
    # A day ahead is today somewhere east of here.
    if arrived_on > now.date() + datetime.timedelta(days=1):
        raise ValidationError(_("It cannot have arrived in the future."), code="arrived_in_future")
    receipt = BankReceipt(
        receiver=receiver,
        way=way,
        purpose_id=purpose_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        bank_reference=bank_reference.strip()[:120],
        payer_name=payer_name[:140],
        remittance=remittance[:240],
        arrived_on=arrived_on,
        recorded_by=by,
        recorded_at=now,
    )
    with transaction.atomic():
        BankReceipt.objects.bulk_create([receipt], ignore_conflicts=True)
        if not BankReceipt.objects.filter(pk=receipt.pk).exists():
            raise ValidationError(_("This line of the bank account was recorded before."), code="receipt_known")
        bank, suspense = (account_for(receiver, kind, amount.currency) for kind in (Kind.BANK, Kind.SUSPENSE))
        legs = [(bank, amount.minor), (suspense, -amount.minor)]
        book("bank_receipt", receipt.pk, legs, now=now, memo=receipt.remittance)
    return receipt


def assign(
    receipt: BankReceipt, *, purpose_id: UUID, credit_account: Account, amount: Money, now: datetime.datetime
) -> Assignment:
    """Let `amount` of a receipt pay for one thing; one conditional UPDATE, so that nothing is used twice.

    Raises ValidationError: `receipt_used` (so much of it is not free any more).
    """
    if receipt.currency != amount.currency or credit_account.receiver_id != receipt.receiver_id:
        raise RuntimeError("Money is assigned in its own currency and in the books of whoever received it.")
    with transaction.atomic():
        if not BankReceipt.objects.filter(
            pk=receipt.pk, amount_minor__gte=F("assigned_minor") + F("returned_minor") + amount.minor
        ).update(assigned_minor=F("assigned_minor") + amount.minor):
            raise ValidationError(_("This money has been assigned or returned already."), code="receipt_used")
        assignment = Assignment(
            receipt=receipt,
            purpose_id=purpose_id,
            credit_account=credit_account,
            amount_minor=amount.minor,
            currency=amount.currency,
            assigned_at=now,
        )
        assignment.save(force_insert=True)
        record(assignment, "", assignment.state, by=None, now=now)
        suspense = sibling(credit_account, Kind.SUSPENSE)
        legs = [(suspense, amount.minor), (credit_account, -amount.minor)]
        book("receipt_assigned", assignment.pk, legs, now=now, memo=receipt.remittance)
    return assignment


def owe_back(assignment: Assignment, *, now: datetime.datetime) -> None:
    """What it paid for did not come about: from now on the money is owed to whom it came from.

    Raises ValidationError (`state_changed`).
    """
    with transaction.atomic():
        move_or_refuse(assignment, State.OWED, by=None, now=now)
        fund = assignment.credit_account
        legs = [(fund, assignment.amount_minor), (sibling(fund, Kind.REFUNDS_OWED), -assignment.amount_minor)]
        book("receipt_owed_back", assignment.pk, legs, now=now)


def return_owed(assignment: Assignment, *, how: str, by: Member, now: datetime.datetime) -> None:
    """A treasurer returned it; `how` is the reference by which its payer finds it.

    Raises ValidationError: `how_missing`, `state_changed`.
    """
    _need_words(how)
    with transaction.atomic():
        move_or_refuse(
            assignment, State.RETURNED, by=by, now=now, why=how[:240], returned_how=how[:200], returned_at=now
        )
        fund = assignment.credit_account
        legs = [
            (sibling(fund, Kind.REFUNDS_OWED), assignment.amount_minor),
            (sibling(fund, Kind.BANK), -assignment.amount_minor),
        ]
        book("owed_returned", assignment.pk, legs, now=now, memo=how)


def return_free(receipt: BankReceipt, *, how: str, by: Member, now: datetime.datetime) -> Money:
    """A treasurer returned what of a receipt was not assigned; how much that was.

    Raises ValidationError: `how_missing`, `receipt_used` (nothing of it stands on suspense any more).
    """
    _need_words(how)
    with transaction.atomic():
        locked = (
            BankReceipt.objects.select_for_update(no_key=True, of=("self",))
            .select_related("receiver")
            .get(pk=receipt.pk)
        )
        free = locked.free
        if not free:
            raise ValidationError(_("This money has been assigned or returned already."), code="receipt_used")
        before = locked.returned_minor
        locked.returned_minor, locked.returned_how = before + free.minor, how[:200]
        locked.save(update_fields=["returned_minor", "returned_how"])
        record(locked, "suspense", "returned", by=by, now=now, why=how[:240])
        bank, suspense = (account_for(locked.receiver, kind, free.currency) for kind in (Kind.BANK, Kind.SUSPENSE))
        legs = [(suspense, free.minor), (bank, -free.minor)]
        book("receipt_returned", f"{receipt.pk}:{before}", legs, now=now, memo=how)
    return free


def _need_words(how: str) -> None:
    if not how.strip():
        raise ValidationError(_("Say how it was returned: the reference of the transfer."), code="how_missing")
