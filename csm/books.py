"""The check of the books: every app's invariants together."""

from __future__ import annotations

import campaigns.checking
import funding.checking
import orders.checking
import payments.checking
from members.invariants import Breach, breaches

INVARIANTS = (
    *payments.checking.INVARIANTS,
    *funding.checking.INVARIANTS,
    *campaigns.checking.INVARIANTS,
    *orders.checking.INVARIANTS,
)


def check() -> list[Breach]:
    """Every breach of every invariant; empty when the books are in order."""
    return breaches(INVARIANTS)
