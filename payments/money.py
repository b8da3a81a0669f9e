"""Amounts of money: integer minor units with an ISO 4217 currency. No floats, no rounding but where it is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# Currencies whose minor unit is not a hundredth, by ISO 4217. Stripe counts in the same units for all of these.
_EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "JPY",
            "KMF",
            "KRW",
            "MGA",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
_CODE = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d+))?")


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD. Raises ValueError for no currency code."""
    if not _CODE.fullmatch(currency):
        raise ValueError(f"{currency!r} is no ISO 4217 currency code such as EUR.")
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` smallest units of `currency`. Raises TypeError for a minor that is no int, ValueError for no currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"Money counts whole minor units; {self.minor!r} is {type(self.minor).__name__}.")
        exponent(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Money of a plain decimal such as "12.50". Raises ValueError when it is no number or has too many decimals."""
        match = _AMOUNT.fullmatch(text.strip())
        places = exponent(currency)
        if not match or len(match[3] or "") > places:
            raise ValueError(f"{text!r} is no amount in {currency} with at most {places} decimals.")
        minor = int(match[2] + (match[3] or "").ljust(places, "0"))
        return cls(-minor if match[1] else minor, currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise TypeError(f"Money is multiplied by whole numbers only, not by {count!r}.")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def decimal(self) -> Decimal:
        """In whole units, with as many decimals as the currency has."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"{other!r} is not Money.")
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added or compared.")
        return other.minor


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share `total_minor` in proportion to `weights` (whole, ≥ 0, not all 0) so that the parts sum to it exactly.

    Largest remainder (Hamilton): everybody gets the whole part of the share, the units left over go one each to the
    largest remainders, earlier first. Raises ValueError for weights that are negative or all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights are ≥ 0 and not all 0.")
    sign = -1 if total_minor < 0 else 1
    shares = [divmod(abs(total_minor) * weight, whole) for weight in weights]
    left = abs(total_minor) - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    extra = set(by_remainder[:left])
    return [sign * (share + (index in extra)) for index, (share, _) in enumerate(shares)]
