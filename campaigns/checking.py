"""What must hold between rewards and who holds them."""

from __future__ import annotations

from members.invariants import Invariant

INVARIANTS = (
    Invariant(
        "a limited reward is taken by those who hold it",
        """SELECT t.id, 'taken ' || t.taken || ', held ' || count(p.id) FROM campaigns_tier t
           LEFT JOIN campaigns_pledge p ON p.tier_id = t.id AND p.holds_slot
           GROUP BY t.id HAVING t.taken <> count(p.id)""",
    ),
    Invariant(
        "no reward is given away more often than there are",
        "SELECT id, taken || ' of ' || cap FROM campaigns_tier WHERE taken > cap",
    ),
)
