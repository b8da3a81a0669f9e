"""What a campaign costs beside what it builds, and how much must be promised to be safe: on numbers alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from payments.money import Money, exponent

HUNDRED = Decimal(100)


class CardFee(NamedTuple):
    """What the processor keeps of each payment: a percentage, and a fixed part in whole units of the currency."""

    percent: Decimal
    fixed: Decimal

    def fixed_minor(self, currency: str) -> Decimal:
        return self.fixed.scaleb(exponent(currency))


@dataclass(frozen=True, slots=True)
class Expected:
    """What an organiser expects: how many promises, of how many of a hundred the card fails in the end, the tax that is
    contained in what supporters pay, what one reward costs with its delivery, and hours of organising at a wage an hour.
    Amounts in minor units."""

    promises: int
    loss_percent: Decimal
    tax_percent: Decimal
    reward_minor: int
    organising_hours: Decimal
    wage_minor: int


class Costs(NamedTuple):
    """What is easily forgotten, by kind of budget line, in minor units."""

    fees: int
    losses: int
    tax: int
    rewards: int
    organising: int


def costs(goal: Money, expected: Expected, fee: CardFee) -> Costs:
    """What of `goal` is spent on none of the things that it is for; each part rounded up.

    The tax is what is contained in the whole goal: goal × t ÷ (100 + t).
    """
    whole = Decimal(goal.minor)
    return Costs(
        fees=math.ceil(whole * fee.percent / HUNDRED + expected.promises * fee.fixed_minor(goal.currency)),
        losses=math.ceil(whole * expected.loss_percent / HUNDRED),
        tax=math.ceil(whole * expected.tax_percent / (HUNDRED + expected.tax_percent)),
        rewards=expected.promises * expected.reward_minor,
        organising=math.ceil(expected.organising_hours * expected.wage_minor),
    )


def safe_line(minimum: Money, loss_percent: Decimal) -> Money:
    """What should be promised so that the minimum still arrives when `loss_percent` of it does not:
    minimum ÷ (1 − expected loss), rounded up. `loss_percent` is less than 100."""
    return Money(math.ceil(minimum.minor * HUNDRED / (HUNDRED - loss_percent)), minimum.currency)
