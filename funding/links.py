"""Signed addresses in mails, which let a payer mend a card or confirm at their bank without logging in."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core import signing

# Longer than any window; what a link allows ends with its fund anyway.
LIFETIME_SECONDS = 90 * 24 * 3600
_SALT = "funding.links"


def card_link(commitment_id: UUID) -> str:
    """Where a payer saves another card."""
    return f"{settings.SITE_URL}/support/{commitment_id}/card/?t={_sign(commitment_id)}"


def confirm_link(commitment_id: UUID) -> str:
    """Where a payer confirms at their bank."""
    return f"{settings.SITE_URL}/support/{commitment_id}/confirm/?t={_sign(commitment_id)}"


def invoice_link(commitment_id: UUID) -> str:
    """Where a payer finds their invoice."""
    return f"{settings.SITE_URL}/support/{commitment_id}/invoice.pdf?t={_sign(commitment_id)}"


def is_valid(token: str, commitment_id: UUID) -> bool:
    """Whether `token` was signed for this commitment, not too long ago."""
    try:
        return bool(signing.loads(token, salt=_SALT, max_age=LIFETIME_SECONDS) == str(commitment_id))
    except signing.BadSignature:
        return False


def _sign(commitment_id: UUID) -> str:
    return signing.dumps(str(commitment_id), salt=_SALT)
