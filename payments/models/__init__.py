"""Tables of `payments`, one module a subject."""

from payments.models.accounts import Card, CardSetup, Customer, Receiver, StripeRow
from payments.models.inbox import Alarm, WebhookEvent
from payments.models.ledger import Account, Entry, Posting
from payments.models.movements import (
    Attempt,
    BalanceTransaction,
    BankReceipt,
    Dispute,
    Payment,
    Refund,
)

__all__ = [
    "Account",
    "Alarm",
    "Attempt",
    "BalanceTransaction",
    "BankReceipt",
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
