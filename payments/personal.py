"""What payments hold about members."""

from __future__ import annotations

from members.personal import Held

_STRIPE = ("stripe_account",)

HELD = (
    Held(model="payments.Customer", owners=("member",), kept=(*_STRIPE, "customer_id")),
    Held(
        model="payments.Card",
        owners=("customer__member",),
        erased={"brand": "", "last4": "", "exp_month": 0, "exp_year": 0},
        kept=(*_STRIPE, "payment_method_id"),
    ),
    Held(
        model="payments.CardSetup",
        owners=("customer__member",),
        erased={"url": "", "success_url": "", "cancel_url": ""},
        kept=(*_STRIPE, "currency", "session_id", "mandate_version", "mandate_text"),
        kept_for_a_while=("accepted_from",),
    ),
    Held(
        model="payments.Payment",
        owners=("payer",),
        kept=(*_STRIPE, "currency", "description", "intent_id", "charge_id"),
    ),
    Held(
        model="payments.Attempt",
        owners=("payment__payer",),
        erased={"action_url": ""},
        kept=("decline_code", "advice_code", "message", "charge_id"),
    ),
    Held(
        model="payments.Refund",
        owners=("payment__payer", "requested_by", "approved_by"),
        kept=(*_STRIPE, "purpose", "currency", "refund_id", "failure"),
        kept_for_a_while=("by_hand_how",),
    ),
    Held(
        model="payments.Dispute",
        owners=("payment__payer",),
        kept=(*_STRIPE, "dispute_id", "currency", "reason"),
    ),
    Held(
        model="payments.BankReceipt",
        owners=("recorded_by",),
        kept=("currency", "bank_reference", "remittance"),
        kept_for_a_while=("payer_name", "returned_how"),
    ),
    # An organisation's, not its treasurer's.
    Held(model="payments.BankDetails", owners=("changed_by",), kept=("holder", "iban", "bic", "address", "tax_note")),
    Held(
        model="payments.BankStatement", owners=("read_by",), kept=("file_name", "currency", "columns"), secret=("raw",)
    ),
    Held(model="payments.Alarm", owners=("closed_by",), kept=("key", "text", "explanation")),
)
