"""What it costs to send a reward, and where it is sent at all."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns import countries
from campaigns.models import ShippingRate, Tier
from payments.money import Money


def price(tier: Tier, quantity: int, country: str) -> Money:
    """What sending `quantity` pieces to `country` costs: the first, and each more in the same parcel.

    Nothing for what is not sent. Raises ValidationError: `country_missing`, `country_unknown`, `country_not_served`.
    """
    if tier.handing != Tier.Handing.SHIPPED:
        return Money(0, tier.currency)
    if not country:
        raise ValidationError(
            _("“%(tier)s” is sent by post: say to which country."), code="country_missing", params={"tier": tier.title}
        )
    if not countries.exists(country):
        raise ValidationError(_("“%(country)s” is no country."), code="country_unknown", params={"country": country})
    rate = rate_for(list(tier.rates.all()), country)
    if rate is None:
        raise ValidationError(
            _("“%(tier)s” is not sent to this country: %(country)s."),
            code="country_not_served",
            params={"tier": tier.title, "country": countries.name(country)},
        )
    return Money(rate.first_minor + (quantity - 1) * rate.more_minor, tier.currency)


def rate_for(rates: Sequence[ShippingRate], country: str) -> ShippingRate | None:
    """The rate that names the country, else the one for everywhere else."""
    named = next((rate for rate in rates if country in rate.countries), None)
    return named or next((rate for rate in rates if not rate.countries), None)


def check_rates(rates: Sequence[ShippingRate]) -> None:
    """Whether each country has one price. Raises ValidationError: `country_unknown`, `country_twice`, `amount_negative`."""
    seen: set[str] = set()
    for rate in rates:
        for code in rate.countries or [""]:
            if code and not countries.exists(code):
                raise ValidationError(
                    _("“%(country)s” is no country."), code="country_unknown", params={"country": code}
                )
            if code in seen:
                raise ValidationError(
                    _("There are two prices for one place: %(country)s."),
                    code="country_twice",
                    params={"country": countries.name(code) if code else _("everywhere else")},
                )
            seen.add(code)
        if (rate.first_minor or 0) < 0 or (rate.more_minor or 0) < 0:
            raise ValidationError(_("Delivery costs nothing or more."), code="amount_negative")
