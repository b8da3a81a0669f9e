"""Invoices for promises that are paid against one: numbered without gaps, issued at the call."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from funding.models import Commitment, Invoice, InvoiceCounter, WrittenPromise
from funding.references import in_groups
from members.paper import Paper
from payments.bank_details import details_of
from payments.writing import written


def issue(commitment: Commitment, *, now: datetime.datetime) -> Invoice | None:
    """The invoice of a called promise; None for one that is paid otherwise. The same again is the same.

    The counter's row is held until the transaction ends: a number that is taken back with its transaction is the next
    one's.
    """
    details = details_of(commitment.fund.receiver)
    if commitment.written.way != WrittenPromise.Way.INVOICE or details is None:
        return None
    with transaction.atomic():
        receiver = commitment.fund.receiver
        InvoiceCounter.objects.get_or_create(receiver=receiver)
        counter = InvoiceCounter.objects.select_for_update(no_key=True).get(receiver=receiver)
        earlier = Invoice.objects.filter(commitment=commitment).first()
        if earlier is not None:
            return earlier
        counter.last += 1
        counter.save(update_fields=["last"])
        return Invoice.objects.create(
            commitment=commitment,
            receiver=receiver,
            number=counter.last,
            seller=receiver.organisation.name,
            seller_address=details.address,
            tax_note=details.tax_note,
            holder=details.holder,
            iban=details.iban,
            bic=details.bic,
            issued_at=now,
        )


def paper(invoice: Invoice) -> bytes:
    """The invoice as PDF, in its payer's language; the same bytes each time."""
    commitment = invoice.commitment
    promise = commitment.written
    with translation.override(commitment.member.locale):
        number = f"{invoice.number:05d}"
        amount = written(commitment.fund.money(commitment.amount_minor or commitment.maximum_minor))
        title = _("Invoice %(number)s") % {"number": number}
        made = Paper(title=title, at=invoice.issued_at, footer=invoice.seller, language=commitment.member.locale)
        made.text_block(f"{invoice.seller}\n{invoice.seller_address}".strip(), quiet=True, size=9)
        made.ln(8)
        made.text_block(f"{promise.payer_name}\n{promise.payer_address}".strip())
        made.heading(title)
        made.rows(
            [
                (_("Issued"), date_format(invoice.issued_at, "DATE_FORMAT")),
                (_("Please pay by"), date_format(commitment.due_at, "DATE_FORMAT") if commitment.due_at else ""),
                (_("Your purchase order"), promise.purchase_order),
                (_("Reference"), in_groups(commitment.reference)),
            ]
        )
        made.amounts([(commitment.called, amount)], (_("To pay"), amount))
        made.rows(
            [
                (_("Account holder"), invoice.holder),
                ("IBAN", " ".join(invoice.iban[at : at + 4] for at in range(0, len(invoice.iban), 4))),
                ("BIC", invoice.bic),
            ]
        )
        made.text_block(invoice.tax_note)
        made.text_block(_("If less than the minimum arrives from everybody, all of it comes back."), quiet=True, size=9)
    return made.finished()
