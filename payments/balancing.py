"""Booking Stripe's own books: each balance transaction once, with its real fee."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction

from payments.alarming import raise_alarm
from payments.booking import Kind, account_for, book, sibling
from payments.models import (
    Account,
    BalanceTransaction,
    Dispute,
    Payment,
    Receiver,
    Refund,
)
from payments.stripe_gateway import AccountRef, Answer

Legs = list[tuple[Account, int]]

CHARGES = ("charge", "payment")
REFUNDS = ("refund", "payment_refund", "refund_failure", "payment_failure_refund")
# As long as the book's column: of charges that others made, anything may be said.
LONGEST_MEMO = 240
# To the bank and from it.
TRANSFERS = ("payout", "payout_failure", "payout_cancel", "topup", "topup_reversal")
FEES = ("stripe_fee", "stripe_fx_fee", "tax_fee")


def book_balance_transaction(txn: Answer, *, account: AccountRef, now: datetime.datetime) -> bool:
    """Book one of Stripe's balance transactions, given as Stripe's reference shows it; True when it was new.

    Amount and fee are as Stripe signs them: what came is positive. What cannot be explained is booked to suspense
    and raises an alarm, so that our balance is Stripe's to the cent either way.
    """
    receiver = Receiver.objects.get(stripe_account=account.stripe_account, livemode=account.livemode)
    source = _id(txn.get("source"))
    payment = _payment_of(txn, source, account)
    row = BalanceTransaction(
        stripe_account=account.stripe_account,
        livemode=account.livemode,
        transaction_id=txn["id"],
        kind=txn["type"],
        source_id=source,
        payment=payment,
        amount_minor=txn["amount"],
        fee_minor=txn["fee"],
        currency=txn["currency"].upper(),
        created_at=_moment(txn["created"]),
        available_at=_moment(txn["available_on"]),
    )
    with transaction.atomic():
        BalanceTransaction.objects.bulk_create([row], ignore_conflicts=True)
        if not BalanceTransaction.objects.filter(pk=row.pk).exists():
            return False
        stripe_balance = account_for(receiver, Kind.STRIPE_BALANCE, row.currency)
        legs: Legs = [(stripe_balance, row.amount_minor - row.fee_minor)]
        legs += _other_side(row, payment, receiver, now=now)
        if any(amount for _account, amount in legs):
            book(
                f"balance_{row.kind}"[:40],
                row.transaction_id,
                legs,
                now=now,
                memo=(txn.get("description") or "")[:LONGEST_MEMO],
            )
    return True


def _other_side(
    row: BalanceTransaction, payment: Payment | None, receiver: Receiver, *, now: datetime.datetime
) -> Legs:
    """Where the amount came from, and whose cost the fee is.

    A payment that Stripe settled in another currency than it was charged in is not explained by it: no entry of ours
    changes money. That it arrived is a fact all the same.
    """
    if payment is not None and payment.currency == row.currency:
        fund = payment.credit_account
        fees = sibling(fund, Kind.FUND_FEES, subject_id=fund.subject_id, name=fund.name)
        if row.kind in (*CHARGES, *REFUNDS):
            return [(sibling(fund, Kind.STRIPE_TRANSIT), -row.amount_minor), (fees, row.fee_minor)]
        if row.kind == "adjustment":
            # A dispute takes the money back, or its winning returns it; the fee for it is a cost of the fund.
            return [(sibling(fund, Kind.DISPUTE_HELD), -row.amount_minor), (fees, row.fee_minor)]
    other_fees = account_for(receiver, Kind.OTHER_FEES, row.currency)
    if row.kind in TRANSFERS:
        return [
            (account_for(receiver, Kind.BANK, row.currency), -row.amount_minor),
            (other_fees, row.fee_minor),
        ]
    if row.kind in FEES:
        return [(other_fees, -row.amount_minor + row.fee_minor)]
    raise_alarm(
        f"balance-transaction:{row.transaction_id}",
        f"Stripe booked {row.amount_minor} {row.currency} as {row.kind} for {row.source_id or 'nothing'}: "
        "nobody here knows why. It stands on the suspense account.",
        now=now,
    )
    suspense = account_for(receiver, Kind.SUSPENSE, row.currency)
    return [(suspense, -row.amount_minor), (other_fees, row.fee_minor)]


def _payment_of(txn: Answer, source: str, account: AccountRef) -> Payment | None:
    """The payment that the transaction is about, found by the charge, refund or dispute that caused it."""
    where: dict[str, Any] = {"stripe_account": account.stripe_account, "livemode": account.livemode}
    payments = Payment.objects.select_related("credit_account__receiver")
    if source.startswith(("re_", "pyr_")):
        refund = Refund.objects.filter(refund_id=source, **where).first()
        return payments.get(pk=refund.payment_id) if refund else None
    if source.startswith(("dp_", "du_")):
        dispute = Dispute.objects.filter(dispute_id=source, **where).first()
        return payments.get(pk=dispute.payment_id) if dispute else None
    return payments.filter(charge_id=source, **where).first() if source else None


def _id(reference: Any) -> str:
    return str(reference["id"]) if isinstance(reference, dict) else str(reference or "")


def _moment(unix: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(unix, tz=datetime.UTC)
