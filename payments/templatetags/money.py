"""Money as people of the active language write it."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language

from payments.money import Money, exponent

register = template.Library()


@register.filter(name="money")
def localised(amount: Money | None) -> str:
    """An amount with its currency, such as “1.234,50 €” in German; nothing for no amount."""
    if not isinstance(amount, Money):
        return ""
    number = Decimal(amount.minor).scaleb(-exponent(amount.currency))
    return format_currency(number, amount.currency, locale=(get_language() or "en").replace("-", "_"))


@register.simple_tag(name="money")
def of_minor(minor: int, currency: str) -> str:
    """The same for minor units and a currency that stand apart."""
    return localised(Money(minor, currency))
