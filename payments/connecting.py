"""Connecting an organisation with the Stripe account that receives its money."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.models import Organisation
from payments.models import Receiver

# Stripe counts these in other units than ISO 4217 (docs.stripe.com/currencies, special cases).
NOT_IN_STRIPES_UNITS = {"BHD", "IQD", "ISK", "JOD", "KWD", "LYD", "OMR", "TND", "UGX"}


def connect(
    *,
    organisation: Organisation,
    stripe_account: str,
    currencies: list[str],
    statement_name: str,
    now: datetime.datetime,
) -> Receiver:
    """Let `organisation` receive money with `stripe_account`, in the currencies that it settles in.

    Raises ValidationError: `account_taken` (another organisation's money goes there, nobody could tell it apart),
    `already_connected`, `currency_not_supported`.
    """
    livemode = settings.STRIPE_LIVEMODE
    odd = sorted(set(currencies) & NOT_IN_STRIPES_UNITS)
    if odd:
        raise ValidationError(
            _("Amounts in %(currencies)s are not supported."),
            code="currency_not_supported",
            params={"currencies": ", ".join(odd)},
        )
    if Receiver.objects.filter(organisation=organisation, livemode=livemode).exists():
        raise ValidationError(_("This organisation receives money already."), code="already_connected")
    receiver = Receiver(
        organisation=organisation,
        stripe_account=stripe_account,
        livemode=livemode,
        currencies=currencies,
        statement_name=statement_name,
        created_at=now,
    )
    receiver.full_clean(validate_constraints=False)
    Receiver.objects.bulk_create([receiver], ignore_conflicts=True)
    if not Receiver.objects.filter(pk=receiver.pk).exists():
        raise ValidationError(
            _("Another organisation already receives money with this Stripe account."), code="account_taken"
        )
    return receiver


def receiver_of(organisation: Organisation) -> Receiver | None:
    """How the organisation receives money in the mode that this installation runs in; None when it cannot yet."""
    return Receiver.objects.filter(organisation=organisation, livemode=settings.STRIPE_LIVEMODE).first()
