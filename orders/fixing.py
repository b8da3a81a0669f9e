"""The price at the close, and how much must arrive for it to pay for the batch. Pure arithmetic on a recipe.

At the close the number of ordered pieces is known, but not how many of them will be paid for. The price is the highest
that any batch between `expected` (the ordered pieces less a margin for cards that fail) and all of them would need,
so that fewer drops than the margin never leave the batch unpaid. See docs/adr/0006-what-a-batch-requires.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from products import costing
from products.recipes import Recipe


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """`unit_minor` for each piece; `required_units` is the smallest number of paid pieces that pays for itself.

    `bare_minor` is the piece's price before the contingency, the margin for failing cards included.
    """

    unit_minor: int
    bare_minor: int
    required_units: int

    @property
    def required_minor(self) -> int:
        """What must arrive for the goods alone: delivery, tax and fees never help to reach it."""
        return self.unit_minor * self.required_units


def fix_price(recipe: Recipe, *, ordered: int, minimum: int, drop_margin_percent: Decimal) -> FixedPrice:
    """The price at the close for `ordered` pieces of a run with a smallest batch of `minimum`.

    From `required_units` on, every number of paid pieces up to the ordered one pays for its own batch, before the
    contingency is touched. Raises ValueError for numbers below one.
    """
    expected = max(minimum, math.floor(ordered * (1 - drop_margin_percent / 100)))
    last = max(expected, ordered)
    dearest = max(costing.unit_minor(recipe, units) for units in range(expected, last + 1))
    required = last
    while required > minimum and dearest * (required - 1) >= costing.total_minor(recipe, required - 1):
        required -= 1
    return FixedPrice(costing.with_contingency(recipe, dearest), dearest, required)


def ceiling_minor(recipe: Recipe, minimum: int, maximum: int) -> int:
    """The most that a piece can cost in any batch that the run allows, contingency included."""
    return costing.ceiling(recipe, minimum, maximum)
