"""Money as people of the active language write it: on pages, in mails, in mandates and in refusals."""

from __future__ import annotations

import functools

from babel import Locale
from babel.numbers import format_currency
from django.utils.translation import get_language

from payments.money import Money


def written(amount: Money) -> str:
    """An amount with its currency, such as “1.234,50 €” in German; never broken over two lines within."""
    return _written_in(get_language() or "en", amount)


def written_short(amount: Money) -> str:
    """The same without decimals where they are all 0, for the axis of a chart."""
    return _written_in(get_language() or "en", amount, whole=amount.decimal % 1 == 0)


# A page says its few amounts over and over, and Babel reads its patterns anew each time.
@functools.lru_cache(maxsize=4096)
def _written_in(language: str, amount: Money, *, whole: bool = False) -> str:
    locale = Locale.parse(language.replace("-", "_"))
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "") if whole else None
    said = format_currency(amount.decimal, amount.currency, pattern, locale, currency_digits=not whole)
    # A minus is no hyphen; browsers break a line behind either, unless a word joiner keeps them together.
    return said.replace("-", "−").replace("−", "−\u2060").replace(" ", "\u00a0")
