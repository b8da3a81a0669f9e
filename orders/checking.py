"""What must hold between runs, their orders and their costs."""

from __future__ import annotations

from members.invariants import Invariant

INVARIANTS = (
    Invariant(
        "the places of a batch are taken by its orders",
        """SELECT r.id, 'taken ' || r.taken_units || ', ordered ' || coalesce(sum(o.units), 0) FROM orders_run r
           LEFT JOIN orders_order o ON o.run_id = r.id AND o.holds_units
           GROUP BY r.id HAVING r.taken_units <> coalesce(sum(o.units), 0)""",
    ),
    Invariant(
        "production was released only on money that arrived",
        """SELECT r.id, r.state || ' while its fund is ' || f.state FROM orders_run r
           JOIN funding_fund f ON f.id = r.fund_id
           WHERE r.state IN ('released', 'made', 'settled') AND f.state NOT IN ('met', 'settled')""",
    ),
    Invariant(
        "nobody paid more for an order than its ceiling",
        """SELECT o.id, 'ceiling ' || q.ceiling_minor || ', charged ' || c.amount_minor FROM orders_order o
           JOIN orders_quote q ON q.id = o.quote_id JOIN funding_commitment c ON c.id = o.commitment_id
           WHERE c.amount_minor > q.ceiling_minor""",
    ),
)
