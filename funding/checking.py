"""What must hold between funds, promises and payments, whatever happened."""

from __future__ import annotations

from members.invariants import Invariant

INVARIANTS = (
    Invariant(
        "a paid promise has a payment that arrived",
        """SELECT c.id, coalesce(p.state, 'no payment') FROM funding_commitment c
           LEFT JOIN payments_payment p ON p.id = c.payment_id
           WHERE c.state = 'paid' AND c.backing = 'card' AND coalesce(p.state, '') <> 'succeeded'""",
    ),
    Invariant(
        "nobody was charged more than they promised",
        """SELECT c.id, 'promised ' || c.maximum_minor || ', charged ' || sum(p.received_minor)
           FROM funding_commitment c JOIN payments_payment p ON p.purpose_id = c.id
           GROUP BY c.id HAVING sum(p.received_minor) > c.maximum_minor""",
    ),
    Invariant(
        "nobody was charged twice",
        """SELECT purpose_id, count(*) || ' payments arrived' FROM payments_payment WHERE state = 'succeeded'
           GROUP BY purpose_id HAVING count(*) > 1""",
    ),
    Invariant(
        "nobody was charged for what did not come together",
        """SELECT c.id, f.state || ' with ' || p.received_minor || ' arrived'
           FROM funding_commitment c JOIN funding_fund f ON f.id = c.fund_id
           JOIN payments_payment p ON p.purpose_id = c.id
           WHERE f.state IN ('missed', 'cancelled') AND p.received_minor > p.refunding_minor""",
    ),
    Invariant(
        "a fund is met on at least its published minimum",
        """SELECT f.id, 'required ' || f.required_minor || ', arrived ' || coalesce(sum(c.came), 0)
           FROM funding_fund f LEFT JOIN (
               SELECT fund_id, CASE backing WHEN 'transfer' THEN least(counted_minor, transferred_minor)
                                            ELSE counted_minor END AS came
               FROM funding_commitment WHERE state = 'paid' OR (backing = 'transfer' AND state = 'charging')
           ) c ON c.fund_id = f.id
           WHERE f.state IN ('met', 'settled')
           GROUP BY f.id
           HAVING coalesce(sum(c.came), 0) < greatest(f.required_minor, f.minimum_minor)""",
    ),
    Invariant(
        "nobody is kept waiting by what has ended",
        """SELECT c.id, f.state FROM funding_commitment c JOIN funding_fund f ON f.id = c.fund_id
           WHERE (c.state = 'secured' AND f.state NOT IN ('open', 'closing', 'calling'))
              OR (c.state IN ('charging', 'action_required', 'declined')
                  AND f.state IN ('missed', 'cancelled', 'settled', 'refunded'))""",
    ),
    Invariant(
        "no card is charged before it can make the minimum",
        """SELECT c.id, f.state FROM funding_commitment c JOIN funding_fund f ON f.id = c.fund_id
           WHERE f.state = 'calling' AND c.backing <> 'transfer'
             AND (c.payment_id IS NOT NULL OR c.state IN ('charging', 'action_required', 'declined', 'paid'))""",
    ),
    Invariant(
        "what came without a card is the sum of what was assigned",
        """SELECT c.id, 'came ' || c.transferred_minor || ', assigned ' || coalesce(sum(a.amount_minor), 0)
           FROM funding_commitment c LEFT JOIN payments_assignment a ON a.purpose_id = c.id
           GROUP BY c.id HAVING c.transferred_minor <> coalesce(sum(a.amount_minor), 0)""",
    ),
    Invariant(
        "a transfer that has arrived has arrived in full",
        """SELECT id, 'came ' || transferred_minor || ' of ' || amount_minor FROM funding_commitment
           WHERE backing = 'transfer' AND state = 'paid' AND transferred_minor <> amount_minor""",
    ),
    Invariant(
        "a written promise that counts was confirmed, and not above what was",
        """SELECT c.id, 'promised ' || c.maximum_minor || ', confirmed ' || coalesce(w.confirmed_minor, 0)
           FROM funding_commitment c LEFT JOIN funding_writtenpromise w ON w.commitment_id = c.id
           WHERE c.backing = 'transfer' AND c.state NOT IN ('draft', 'abandoned')
             AND c.maximum_minor > coalesce(w.confirmed_minor, 0)""",
    ),
    Invariant(
        "a fund that has ended holds nothing",
        """SELECT f.id, 'holds ' || sum(p.amount_minor) FROM funding_fund f
           JOIN payments_posting p ON p.account_id = f.account_id
           WHERE f.state IN ('settled', 'refunded', 'missed', 'cancelled')
           GROUP BY f.id HAVING sum(p.amount_minor) <> 0""",
    ),
    Invariant(
        "what pages show as promised is the sum of the promises",
        """SELECT f.id, 'shown ' || coalesce(t.shown, 0) || ' in ' || coalesce(t.number, 0)
                  || ', promised ' || coalesce(c.promised, 0) || ' in ' || coalesce(c.number, 0)
           FROM funding_fund f
           LEFT JOIN (SELECT fund_id, sum(amount_minor) shown, sum(promises) number FROM funding_tally
                      WHERE kind = 'secured' GROUP BY fund_id) t ON t.fund_id = f.id
           LEFT JOIN (SELECT fund_id, sum(maximum_minor) promised, count(*) number FROM funding_commitment
                      WHERE secured_at IS NOT NULL AND state <> 'withdrawn' GROUP BY fund_id) c ON c.fund_id = f.id
           WHERE coalesce(t.shown, 0) <> coalesce(c.promised, 0)
              OR coalesce(t.number, 0) <> coalesce(c.number, 0)""",
    ),
    Invariant(
        "what pages show as arrived is the sum of the payments",
        """SELECT f.id, 'shown ' || coalesce(t.shown, 0) || ' in ' || coalesce(t.number, 0)
                  || ', arrived ' || coalesce(c.arrived, 0) || ' in ' || coalesce(c.number, 0)
           FROM funding_fund f
           LEFT JOIN (SELECT fund_id, sum(amount_minor) shown, sum(promises) number FROM funding_tally
                      WHERE kind = 'collected' GROUP BY fund_id) t ON t.fund_id = f.id
           LEFT JOIN (SELECT c.fund_id, sum(coalesce(p.received_minor, 0) + c.transferred_minor) arrived, count(*) number
                      FROM funding_commitment c LEFT JOIN payments_payment p ON p.id = c.payment_id
                      WHERE (c.state = 'paid' AND p.id IS NOT NULL) OR c.transferred_minor > 0
                      GROUP BY c.fund_id) c ON c.fund_id = f.id
           WHERE coalesce(t.shown, 0) <> coalesce(c.arrived, 0)
              OR coalesce(t.number, 0) <> coalesce(c.number, 0)""",
    ),
)
