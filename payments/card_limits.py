"""What one card payment may be: between Stripe's smallest and largest charge (docs.stripe.com/currencies)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from payments.money import Money
from payments.writing import written

# Eight digits, whatever the currency.
LARGEST_MINOR = 99_999_999
# Where it is not 50 minor units.
_SMALLEST_MINOR = {
    "GBP": 30,
    "DKK": 250,
    "NOK": 300,
    "SEK": 300,
    "PLN": 200,
    "CZK": 1500,
    "RON": 200,
    "BGN": 100,
    "HUF": 17500,
    "AED": 200,
    "HKD": 400,
    "MXN": 1000,
    "MYR": 200,
    "THB": 1000,
}


def least(currency: str) -> Money:
    """The smallest amount that a card can be charged."""
    return Money(_SMALLEST_MINOR.get(currency, 50), currency)


def check(amount: Money) -> None:
    """Raises ValidationError: `amount_not_positive`, `amount_too_small`, `amount_too_large`."""
    if amount.minor <= 0:
        raise ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")
    smallest, most = least(amount.currency), Money(LARGEST_MINOR, amount.currency)
    if amount < smallest:
        raise ValidationError(
            _("A card can be charged from %(least)s."), code="amount_too_small", params={"least": smallest}
        )
    if most < amount:
        raise ValidationError(
            _("A card can be charged up to %(most)s."), code="amount_too_large", params={"most": written(most)}
        )
