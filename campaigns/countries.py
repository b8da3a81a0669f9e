"""Countries by their two ISO 3166 letters, and what they are called in the reader's language."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable

from babel import Locale
from django.utils.translation import get_language

# What Babel's list of territories has beside countries.
_NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
# Typed as “EU” where many are named at once.
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = tuple(_EU.split())


@functools.lru_cache(maxsize=64)
def _named_in(language: str) -> dict[str, str]:
    names: dict[str, str] = dict(Locale.parse(language.replace("-", "_")).territories)
    return {code: names[code] for code in names if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES}


def exists(code: str) -> bool:
    return code in _named_in("en")


def name(code: str) -> str:
    """What a country is called in the active language; its code when nobody knows it."""
    return _named_in(get_language() or "en").get(code, code)


def choices() -> list[tuple[str, str]]:
    """Every country, in the order of their names."""
    return sorted(_named_in(get_language() or "en").items(), key=lambda item: item[1])


def typed(codes: Iterable[str]) -> list[str]:
    """Codes as people type them, in capitals."""
    return [code.strip().upper() for code in codes if code.strip()]


def spread(codes: Iterable[str], *, apart: Collection[str] = ()) -> list[str]:
    """Each once; “EU” is all its members but those that stand `apart`, with a line of their own."""
    whole = [one for one in EU if one not in apart]
    return list(dict.fromkeys(one for code in typed(codes) for one in (whole if code == "EU" else [code])))
