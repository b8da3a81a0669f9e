"""Money that came another way than by card: seen on the bank account and recorded by a treasurer."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member
from payments.booking import Kind, account_for, book, sibling
from payments.models import Account, BankReceipt, Receiver
from payments.money import Money


def record_receipt(
    *,
    receiver: Receiver,
    credit_account: Account | None,
    purpose_id: UUID | None,
    amount: Money,
    bank_reference: str,
    remittance: str,
    arrived_on: datetime.date,
    by: Member,
    now: datetime.datetime,
) -> BankReceipt:
    """Record one line of the bank account; on the suspense account while nobody knows whose it is.

    Raises ValidationError: `receipt_known` (the same line was recorded before), `amount_not_positive`.
    """
    if amount.minor <= 0:
        raise ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")
    credit = credit_account or account_for(receiver, Kind.SUSPENSE, amount.currency)
    receipt = BankReceipt(
        credit_account=credit,
        purpose_id=purpose_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        bank_reference=bank_reference,
        remittance=remittance,
        arrived_on=arrived_on,
        recorded_by=by,
        recorded_at=now,
    )
    with transaction.atomic():
        BankReceipt.objects.bulk_create([receipt], ignore_conflicts=True)
        if not BankReceipt.objects.filter(pk=receipt.pk).exists():
            raise ValidationError(_("This line of the bank account was recorded before."), code="receipt_known")
        legs = [(sibling(credit, Kind.BANK), amount.minor), (credit, -amount.minor)]
        book("bank_receipt", receipt.pk, legs, now=now, memo=remittance)
    return receipt
