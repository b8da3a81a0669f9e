"""What must hold between rewards and who holds them."""

from __future__ import annotations

from members.invariants import Invariant

INVARIANTS = (
    Invariant(
        "a limited reward is taken by those who hold it",
        """SELECT t.id, 'taken ' || t.taken || ', held ' || coalesce(sum(l.quantity), 0) FROM campaigns_tier t
           LEFT JOIN campaigns_pledgeline l ON l.tier_id = t.id AND l.holds
           GROUP BY t.id HAVING t.taken <> coalesce(sum(l.quantity), 0)""",
    ),
    Invariant(
        "no reward is given away more often than there are",
        "SELECT id, taken || ' of ' || cap FROM campaigns_tier WHERE taken > cap",
    ),
    Invariant(
        "rewards cost no more than is promised for them",
        """SELECT p.id, 'promised ' || c.maximum_minor || ', rewards '
               || sum(l.quantity * l.unit_minor + l.shipping_minor)
           FROM campaigns_pledge p JOIN funding_commitment c ON c.id = p.commitment_id
           JOIN campaigns_pledgeline l ON l.pledge_id = p.id
           GROUP BY p.id, c.maximum_minor
           HAVING sum(l.quantity * l.unit_minor + l.shipping_minor) > c.maximum_minor""",
    ),
)
