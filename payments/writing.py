"""Money as people of the active language write it: on pages, in mails, in mandates and in refusals."""

from __future__ import annotations

from babel.numbers import format_currency
from django.utils.translation import get_language

from payments.money import Money


def written(amount: Money) -> str:
    """An amount with its currency, such as “1.234,50 €” in German."""
    return format_currency(amount.decimal, amount.currency, locale=(get_language() or "en").replace("-", "_"))
