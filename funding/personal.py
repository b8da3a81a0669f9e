"""What funds hold about members."""

from __future__ import annotations

from members.personal import Held

HELD = (
    Held(
        model="funding.Commitment",
        owners=("member",),
        kept=("title", "page_path", "currency", "reference"),
    ),
    Held(
        model="funding.Consent",
        owners=("commitment__member",),
        kept=("text_version", "text"),
        kept_for_a_while=("given_from",),
    ),
    # Who promised to pay, and against which order: the paper of a booking, as the invoice is.
    Held(
        model="funding.WrittenPromise",
        owners=("commitment__member", "confirmed_by"),
        kept_for_a_while=("payer_name", "payer_address", "purchase_order"),
    ),
    Held(
        model="funding.Invoice",
        owners=("commitment__member",),
        kept=("seller", "seller_address", "tax_note", "holder", "iban", "bic"),
    ),
)
