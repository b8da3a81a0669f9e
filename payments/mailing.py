"""What payers are told about money on its way back, in the transaction of the fact."""

from __future__ import annotations

from members import mailing as members_mailing
from payments.models import Refund


def refund_sent(refund: Refund) -> None:
    """The processor has taken the refund on."""
    _send(refund, "refund_sent")


def refund_failed(refund: Refund) -> None:
    """The bank did not take it: it is owed until it is sent again or returned another way."""
    _send(refund, "refund_failed")


def refund_by_hand(refund: Refund) -> None:
    """It was returned another way, and by which reference it is found."""
    _send(refund, "refund_by_hand")


def _send(refund: Refund, template: str) -> None:
    payment = refund.payment
    context = {
        "amount": refund.amount,
        "how": refund.by_hand_how,
        "title": payment.description,
        "organisation": payment.credit_account.receiver.organisation.name,
    }
    members_mailing.send(payment.payer, f"payments/mail/{template}", context)
