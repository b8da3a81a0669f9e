"""Tables of `payments`, one module a subject."""

from payments.models.accounts import Card, CardSetup, Customer, Receiver, StripeRow
from payments.models.bank import Assignment, BankDetails, BankReceipt, BankStatement
from payments.models.inbox import Alarm, WebhookEvent
from payments.models.ledger import Account, Entry, Posting
from payments.models.movements import (
    Attempt,
    BalanceTransaction,
    Dispute,
    Payment,
    Refund,
)

__all__ = [
    "Account",
    "Alarm",
    "Assignment",
    "Attempt",
    "BalanceTransaction",
    "BankDetails",
    "BankReceipt",
    "BankStatement",
    "Card",
    "CardSetup",
    "Customer",
    "Dispute",
    "Entry",
    "Payment",
    "Posting",
    "Receiver",
    "Refund",
    "StripeRow",
    "WebhookEvent",
]
