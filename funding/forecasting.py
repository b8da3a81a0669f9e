"""What will arrive of what is promised, by what arrived before."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from payments.money import Money

# What is believed before anything was seen: one card in twenty fails, as firmly as if sixty had been tried.
PRIOR_RATE = Fraction(1, 20)
PRIOR_TRIED = 60


class Past(NamedTuple):
    """How many promises were called for payment until they were paid or dropped, and how many of them were dropped."""

    called: int = 0
    dropped: int = 0


def loss_rate(past: Past) -> Fraction:
    """The part of promises that never arrives: what was seen, mixed with what is believed. Never quite 0 or 1."""
    return (past.dropped + PRIOR_RATE * PRIOR_TRIED) / (past.called + PRIOR_TRIED)


@dataclass(frozen=True, slots=True)
class Forecast:
    """`secured` is promised, `expected` is what of it will arrive, `likely_lost` the rest, and
    `safe_line` how much must be promised so that as much as the minimum is expected to arrive."""

    secured: Money
    expected: Money
    likely_lost: Money
    minimum: Money
    safe_line: Money
    rate: Fraction

    @property
    def percent(self) -> int:
        return round(self.rate * 100)

    @property
    def to_safety(self) -> Money:
        """What still lacks to the safe line; nothing beyond it."""
        return Money(max(0, self.safe_line.minor - self.secured.minor), self.secured.currency)

    @property
    def decides_to_charge(self) -> bool:
        """Whether the first decision would fall so now: at least the minimum is promised."""
        return self.secured >= self.minimum

    @property
    def is_safe(self) -> bool:
        return not self.to_safety


def forecast(*, secured: Money, minimum: Money, past: Past) -> Forecast:
    """What the two decisions would do if the collection closed now.

    expected = secured × (1 − loss rate), rounded down; the safe line is minimum ÷ (1 − loss rate), rounded up.
    """
    kept = 1 - loss_rate(past)
    expected = int(secured.minor * kept)
    return Forecast(
        secured=secured,
        expected=Money(expected, secured.currency),
        likely_lost=Money(secured.minor - expected, secured.currency),
        minimum=minimum,
        safe_line=Money(int(-(-minimum.minor // kept)), minimum.currency),
        rate=1 - kept,
    )
