"""Where transfers to an organisation go."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from stdnum import bic as bics
from stdnum import iban as ibans

from members.models import Member
from members.moves import record
from payments.models import BankDetails, Receiver


def set_bank_details(
    *,
    receiver: Receiver,
    holder: str,
    iban: str,
    bic: str,
    by: Member,
    now: datetime.datetime,
    address: str = "",
    tax_note: str = "",
) -> BankDetails:
    """Say where transfers go from now on; the history keeps who changed it, and the last digits before and after.

    Raises ValidationError by field: `holder_missing`, `iban_wrong` (mod 97 and its country's pattern), `bic_wrong`.
    """
    wrong = {}
    if not holder.strip():
        wrong["holder"] = ValidationError(_("Say in whose name the account is."), code="holder_missing")
    if not ibans.is_valid(iban):
        wrong["iban"] = ValidationError(
            _("This IBAN has a mistake in it: its check digits do not fit."), code="iban_wrong"
        )
    if bic.strip() and not bics.is_valid(bic):
        wrong["bic"] = ValidationError(
            _("A BIC has 8 or 11 characters, such as GENODEF1ABC. It may be left empty."), code="bic_wrong"
        )
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        Receiver.objects.select_for_update(no_key=True).get(pk=receiver.pk)
        before = BankDetails.objects.filter(receiver=receiver).first()
        kept = before or BankDetails(receiver=receiver)
        old = kept.iban
        kept.holder, kept.iban = holder.strip(), ibans.compact(iban)
        kept.bic = bics.compact(bic) if bic.strip() else ""
        kept.address, kept.tax_note = address.strip(), tax_note.strip()
        kept.changed_at, kept.changed_by = now, by
        kept.save()
        record(kept, f"…{old[-4:]}" if old else "", f"…{kept.iban[-4:]}", by=by, now=now)
    return kept


def details_of(receiver: Receiver) -> BankDetails | None:
    """Where transfers to it go; None while nobody has said so."""
    return BankDetails.objects.filter(receiver=receiver).first()
