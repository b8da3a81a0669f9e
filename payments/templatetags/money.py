"""Money as people of the active language write it."""

from __future__ import annotations

from django import template

from payments.money import Money
from payments.writing import written, written_short

register = template.Library()


@register.filter(name="money")
def localised(amount: Money | None) -> str:
    """`payments.writing.written`; nothing for no amount."""
    return written(amount) if isinstance(amount, Money) else ""


@register.simple_tag(name="money")
def of_minor(minor: int, currency: str) -> str:
    """The same for minor units and a currency that stand apart."""
    return localised(Money(minor, currency))


@register.simple_tag(name="short_money")
def short_of_minor(minor: int, currency: str) -> str:
    """The same without decimals where they are all 0."""
    return written_short(Money(minor, currency))
