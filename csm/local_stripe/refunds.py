"""Refunds and disputes: money that goes back."""

from __future__ import annotations

from csm.local_stripe import balance, spec
from csm.local_stripe.cards import CARDS
from csm.local_stripe.errors import invalid
from csm.local_stripe.store import Object
from csm.local_stripe.world import World


def create(world: World, params: Object) -> Object:
    """Return all or a part of a charge, never more than was captured."""
    charge = _charge_of(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if charge["disputed"] and world.store.setting(f"withdrawn:{charge['id']}", False):
        raise invalid("This charge has been charged back and cannot be refunded.", code="charge_disputed")
    if left == 0:
        raise invalid("This charge has already been refunded.", code="charge_already_refunded")
    if amount <= 0 or amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    refund = world.make(
        "refund",
        "re",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        metadata=params.get("metadata", {}),
        reason=params.get("reason"),
        status="succeeded",
        balance_transaction=None,
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    world.save(charge)
    card = CARDS[world.get("payment_method", charge["payment_method"])["card"]["fingerprint"].removeprefix("local")]
    if balance.total(world, charge["currency"]) < amount:
        # Held back until the balance allows it.
        refund["status"] = "pending"
        world.store.timer(world.store.setting("refund_retry_after", 30), "retry_refund", refund["id"], world.account)
    else:
        txn = balance.book(world, "refund", -amount, charge["currency"], refund["id"])
        refund["balance_transaction"] = txn["id"]
        if card.refund == "pending":
            refund["status"] = "pending"
            world.store.timer(world.store.setting("refund_after", 30), "settle_refund", refund["id"], world.account)
        elif card.refund == "fail":
            world.store.timer(world.store.setting("refund_after", 30), "fail_refund", refund["id"], world.account)
    world.save(refund)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def retrieve(world: World, params: Object, key: str) -> Object:
    return world.get("refund", key)


def list_all(world: World, params: Object) -> Object:
    return world.page(
        "refund",
        "/v1/refunds",
        params,
        charge=params.get("charge"),
        payment_intent=params.get("payment_intent"),
    )


def settle(world: World, key: str) -> None:
    """A pending refund has arrived."""
    refund = world.get("refund", key)
    if refund["status"] == "pending":
        if refund["balance_transaction"] is None:
            if balance.total(world, refund["currency"]) < refund["amount"]:
                world.store.timer(world.store.setting("refund_retry_after", 30), "retry_refund", key, world.account)
                return
            txn = balance.book(world, "refund", -refund["amount"], refund["currency"], key)
            refund["balance_transaction"] = txn["id"]
        world.save(refund | {"status": "succeeded"})
        world.emit("refund.updated", refund | {"status": "succeeded"})


def fail(world: World, key: str) -> None:
    """The cardholder's bank sent it back: the money stands on the balance again."""
    refund = world.get("refund", key)
    if refund["status"] in ("failed", "canceled") or refund["balance_transaction"] is None:
        return
    txn = balance.book(world, "refund_failure", refund["amount"], refund["currency"], key)
    refund |= {
        "status": "failed",
        "failure_reason": "lost_or_stolen_card",
        "failure_balance_transaction": txn["id"],
    }
    world.save(refund)
    charge = world.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    world.save(charge)
    world.emit("refund.failed", refund)


def open_dispute(world: World, charge_id: str, *, inquiry: bool, reason: str = "fraudulent") -> Object:
    """The bank asks, or takes the money back at once with a fee."""
    charge = world.get("charge", charge_id)
    details = spec.blank("dispute_evidence_details") | {
        "due_by": world.now() + 7 * 86_400,
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
    }
    dispute = world.make(
        "dispute",
        "du",
        amount=charge["amount_captured"] - charge["amount_refunded"],
        currency=charge["currency"],
        charge=charge_id,
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
        balance_transactions=[],
        evidence_details=details,
        is_charge_refundable=inquiry,
        metadata={},
    )
    world.save(charge | {"disputed": True})
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        world.store.set(f"withdrawn:{charge_id}", True)
        fee = balance.DISPUTE_FEE
        txn = balance.book(world, "adjustment", -dispute["amount"], charge["currency"], dispute["id"], fee=fee)
        dispute["balance_transactions"] = [txn]
        world.save(dispute)
        world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(world: World, key: str, *, won: bool) -> Object:
    dispute = world.get("dispute", key)
    inquiry = dispute["status"].startswith("warning")
    dispute["status"] = ("warning_closed" if inquiry else "won") if won else "lost"
    if won and not inquiry:
        world.store.set(f"withdrawn:{dispute['charge']}", False)
        txn = balance.book(
            world, "adjustment", dispute["amount"], dispute["currency"], key, category="dispute_reversal"
        )
        dispute["balance_transactions"] = [*dispute["balance_transactions"], txn]
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.save(dispute)
    world.emit("charge.dispute.closed", dispute)
    return dispute


def retrieve_dispute(world: World, params: Object, key: str) -> Object:
    return world.get("dispute", key)


def list_disputes(world: World, params: Object) -> Object:
    return world.page(
        "dispute",
        "/v1/disputes",
        params,
        charge=params.get("charge"),
        payment_intent=params.get("payment_intent"),
    )


def accept_dispute(world: World, params: Object, key: str) -> Object:
    """The merchant gives in."""
    return close_dispute(world, key, won=False)


def _charge_of(world: World, params: Object) -> Object:
    if params.get("charge"):
        return world.get("charge", params["charge"])
    if params.get("payment_intent"):
        intent = world.get("payment_intent", params["payment_intent"])
        if intent["status"] == "succeeded":
            return world.get("charge", intent["latest_charge"])
        raise invalid("This PaymentIntent does not have a successful charge to refund.")
    raise invalid("One of charge or payment_intent is needed.", code="parameter_missing", param="charge")
