"""Stripe's own books: balance transactions with fees, the balance, payouts."""

from __future__ import annotations

from fractions import Fraction

from csm.local_stripe import spec
from csm.local_stripe.errors import invalid
from csm.local_stripe.store import Object
from csm.local_stripe.world import World

DISPUTE_FEE = 2000
_FEES = {"eur": (Fraction("0.014"), 25)}
_OTHER_FEE = (Fraction("0.029"), 30)
_CATEGORIES = {"adjustment": "dispute", "payment_refund": "refund"}


def charge_fee(amount: int, currency: str) -> int:
    """What is kept of a charge, in minor units: a rate and a fixed part, half rounded up."""
    rate, fixed = _FEES.get(currency, _OTHER_FEE)
    return int(amount * rate + Fraction(1, 2)) + fixed


def book(
    world: World, kind: str, amount: int, currency: str, source: str, *, fee: int = 0, category: str = ""
) -> Object:
    """One line of the account's book; `amount` signed as it changes the balance."""
    delay = world.store.setting("available_after", 0)
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Fees",
            "type": "stripe_fee",
        }
    ]
    return world.make(
        "balance_transaction",
        "txn",
        type=kind,
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=currency,
        source=source,
        available_on=world.now() + delay,
        status="available" if not delay else "pending",
        reporting_category=category or _CATEGORIES.get(kind, kind),
        fee_details=details if fee else [],
        balance_type="payments",
    )


def total(world: World, currency: str) -> int:
    """The whole balance in a currency, available or not."""
    rows = world.store.db.execute(
        "SELECT coalesce(sum(body ->> 'net'), 0) FROM objects WHERE account = ? AND kind = 'balance_transaction'"
        " AND body ->> 'currency' = ?",
        (world.account, currency),
    )
    return int(rows.fetchone()[0])


def retrieve_balance(world: World, params: Object) -> Object:
    rows = world.store.db.execute(
        "SELECT body ->> 'currency', sum(CASE WHEN body ->> 'available_on' <= ? THEN body ->> 'net' ELSE 0 END),"
        " sum(body ->> 'net') FROM objects WHERE account = ? AND kind = 'balance_transaction' GROUP BY 1",
        (world.now(), world.account),
    ).fetchall()
    return spec.blank("balance") | {
        "object": "balance",
        "livemode": False,
        "available": [{"amount": int(free), "currency": currency} for currency, free, _whole in rows],
        "pending": [{"amount": int(whole - free), "currency": currency} for currency, free, whole in rows],
    }


def retrieve_transaction(world: World, params: Object, key: str) -> Object:
    return world.get("balance_transaction", key)


def list_transactions(world: World, params: Object) -> Object:
    return world.page(
        "balance_transaction",
        "/v1/balance_transactions",
        params,
        payout=params.get("payout"),
        type=params.get("type"),
        source=params.get("source"),
    )


def create_payout(world: World, params: Object) -> Object:
    """Send balance to the bank."""
    if params["amount"] > total(world, params["currency"]):
        raise invalid("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    payout = world.make(
        "payout",
        "po",
        amount=params["amount"],
        currency=params["currency"],
        arrival_date=world.now() + 86_400,
        automatic=False,
        method="standard",
        source_type="card",
        status="paid",
        type="bank_account",
        reconciliation_status="not_applicable",
        metadata=params.get("metadata", {}),
    )
    payout["balance_transaction"] = book(world, "payout", -params["amount"], params["currency"], payout["id"])["id"]
    world.save(payout)
    world.emit("payout.paid", payout)
    return payout


def retrieve_payout(world: World, params: Object, key: str) -> Object:
    return world.get("payout", key)


def list_payouts(world: World, params: Object) -> Object:
    return world.page("payout", "/v1/payouts", params, status=params.get("status"))
