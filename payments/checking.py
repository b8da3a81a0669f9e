"""What must hold in the books and between payments, refunds and disputes, whatever happened."""

from __future__ import annotations

from members.invariants import Invariant

INVARIANTS = (
    Invariant(
        "every entry balances in each currency",
        """SELECT entry_id, 'off by ' || sum(amount_minor) || ' ' || currency FROM payments_posting
           GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0""",
    ),
    Invariant(
        "every entry has postings",
        """SELECT id, fact FROM payments_entry e
           WHERE NOT EXISTS (SELECT FROM payments_posting p WHERE p.entry_id = e.id)""",
    ),
    Invariant(
        "a posting is in its account's currency",
        """SELECT p.id, p.currency || ' on an account in ' || a.currency
           FROM payments_posting p JOIN payments_account a ON a.id = p.account_id WHERE p.currency <> a.currency""",
    ),
    Invariant(
        "what arrived is booked, once and in full",
        """SELECT p.id, 'arrived ' || p.received_minor || ', booked ' || coalesce(b.booked, 0)
           FROM payments_payment p
           LEFT JOIN LATERAL (
               SELECT -sum(o.amount_minor) AS booked FROM payments_entry e JOIN payments_posting o ON o.entry_id = e.id
               WHERE e.fact = 'payment_succeeded' AND e.external_id = p.intent_id AND o.account_id = p.credit_account_id
           ) b ON true
           WHERE p.received_minor <> coalesce(b.booked, 0)""",
    ),
    Invariant(
        "a payment arrived or it did not",
        """SELECT id, state || ' with ' || received_minor || ' arrived' FROM payments_payment
           WHERE (state = 'succeeded') <> (received_minor > 0)""",
    ),
    Invariant(
        "what is reserved for refunds is the sum of the refunds",
        """SELECT p.id, 'reserved ' || p.refunding_minor || ', refunds ' || coalesce(sum(r.amount_minor), 0)
           FROM payments_payment p
           LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.state NOT IN ('declined', 'replaced')
           GROUP BY p.id HAVING p.refunding_minor <> coalesce(sum(r.amount_minor), 0)""",
    ),
    Invariant(
        "no payment goes back above what arrived",
        """SELECT id, refunding_minor || ' of ' || received_minor FROM payments_payment
           WHERE refunding_minor > received_minor""",
    ),
    Invariant(
        "what disputes withdrew is the sum of the disputes",
        """SELECT p.id, 'withdrawn ' || p.disputed_minor || ', disputes ' || coalesce(sum(d.amount_minor), 0)
           FROM payments_payment p
           LEFT JOIN payments_dispute d ON d.payment_id = p.id AND d.state IN ('open', 'lost')
           GROUP BY p.id HAVING p.disputed_minor <> coalesce(sum(d.amount_minor), 0)""",
    ),
    Invariant(
        "nobody has two live payments for one thing",
        """SELECT purpose_id, count(*) || ' payments' FROM payments_payment WHERE state <> 'canceled'
           GROUP BY purpose_id HAVING count(*) > 1""",
    ),
    Invariant(
        "a refund that left is booked",
        """SELECT r.id, r.state FROM payments_refund r
           WHERE r.state IN ('prepared', 'sent', 'pending', 'succeeded', 'failed', 'unknown', 'by_hand', 'replaced')
             AND NOT EXISTS (
                 SELECT FROM payments_entry e WHERE e.fact = 'refund_reserved' AND e.external_id = r.id::text)""",
    ),
    Invariant(
        "a refund that was sent again has one in its place",
        """SELECT r.id, 'nothing stands in its place' FROM payments_refund r
           WHERE r.state = 'replaced' AND NOT EXISTS (
               SELECT FROM payments_refund a
               WHERE a.payment_id = r.payment_id AND a.purpose = 'again-' || r.id AND a.amount_minor = r.amount_minor)""",
    ),
    Invariant(
        "what was made good has not left through Stripe too",
        """SELECT r.id, r.state || ', and refunds on their way stand at ' || sum(p.amount_minor) FROM payments_refund r
           JOIN payments_entry e ON e.external_id IN (r.id::text, r.refund_id)
           JOIN payments_posting p ON p.entry_id = e.id
           JOIN payments_account a ON a.id = p.account_id AND a.kind = 'refunds_owed'
           WHERE r.state IN ('by_hand', 'replaced', 'declined')
           GROUP BY r.id, r.state HAVING sum(p.amount_minor) <> 0""",
    ),
    Invariant(
        "what a receipt is assigned to is the sum of its assignments",
        """SELECT r.id, 'assigned ' || r.assigned_minor || ', to ' || coalesce(sum(a.amount_minor), 0)
           FROM payments_bankreceipt r LEFT JOIN payments_assignment a ON a.receipt_id = r.id
           GROUP BY r.id HAVING r.assigned_minor <> coalesce(sum(a.amount_minor), 0)""",
    ),
    Invariant(
        "what came without a card stands on suspense until it is assigned or returned",
        """SELECT receiver_id, currency || ': booked ' || sum(booked) || ', free ' || sum(free) FROM (
               SELECT a.receiver_id, a.currency, -p.amount_minor AS booked, 0 AS free FROM payments_posting p
               JOIN payments_account a ON a.id = p.account_id AND a.kind = 'suspense'
               JOIN payments_entry e ON e.id = p.entry_id
               WHERE e.fact IN ('bank_receipt', 'receipt_assigned', 'receipt_returned')
               UNION ALL
               SELECT receiver_id, currency, 0, amount_minor - assigned_minor - returned_minor FROM payments_bankreceipt
           ) both_sides GROUP BY receiver_id, currency HAVING sum(booked) <> sum(free)""",
    ),
    Invariant(
        "an assigned receipt is booked as it stands",
        """SELECT a.id, a.state FROM payments_assignment a WHERE (
               SELECT count(*) FROM payments_entry e WHERE e.external_id = a.id::text
                 AND e.fact IN ('receipt_assigned', 'receipt_owed_back', 'owed_returned')
           ) <> CASE a.state WHEN 'counted' THEN 1 WHEN 'owed' THEN 2 ELSE 3 END""",
    ),
)
