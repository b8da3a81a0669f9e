"""The control API under /_local/: clock, faults, and what happens outside Stripe."""

from __future__ import annotations

import time
from typing import Any

from csm.local_stripe import balance, customers, refunds
from csm.local_stripe.api import Api
from csm.local_stripe.faults import Faults
from csm.local_stripe.world import MAIN_ACCOUNT


def answer(api: Api, faults: Faults, method: str, path: str, given: dict[str, Any]) -> Any:
    """The JSON answer. Raises KeyError for an address that is not known, ValueError for wrong content."""
    store = api.store
    world = api.world(given.pop("account", MAIN_ACCOUNT))
    name = path.removeprefix("/_local/")
    with store.transaction():
        match (method, *name.split("/")):
            case ("GET", "health"):
                return {"ok": True}
            case ("GET", "requests"):
                rows = store.db.execute(
                    "SELECT at, method, path, key, account, status, fault FROM requests ORDER BY id"
                )
                columns = ("at", "method", "path", "key", "account", "status", "fault")
                return [dict(zip(columns, row, strict=True)) for row in rows]
            case ("POST", "clock"):
                offset = float(store.setting("clock_offset", 0))
                moved = given["now"] - time.time() if "now" in given else offset + given["advance"]
                store.set("clock_offset", moved)
                return {"now": store.now()}
            case ("POST", "settings"):
                for key, value in given.items():
                    store.set(key, value)
                return given
            case ("POST", "faults"):
                faults.plan(given)
                return given
            case ("DELETE", "faults"):
                faults.clear()
                return {}
            case ("POST", "accounts"):
                store.set("accounts", sorted({*store.setting("accounts", []), given["id"]}))
                return given
            case ("POST", "cards"):
                # A customer's saved card without a browser: for benchmarks and demonstrations.
                card = customers.known_card(given["number"])
                customer_id = given.get("customer") or world.make("customer", "cus", metadata={})["id"]
                return world.save(customers.new_method(world, card, 12, 2034) | {"customer": customer_id})
            case ("POST", "disputes"):
                charge = given.get("charge") or world.get("payment_intent", given["payment_intent"])["latest_charge"]
                return refunds.open_dispute(world, charge, inquiry=given.get("inquiry", False))
            case ("POST", "disputes", key, "win" | "lose" as end):
                return refunds.close_dispute(world, key, won=end == "win")
            case ("POST", "refunds", key, "fail"):
                refunds.fail(world, key)
                return world.get("refund", key)
            case ("POST", "topups"):
                # The organiser puts own money onto the balance, as refunds may need.
                source = world.store.new_id("tu")
                return balance.book(world, "topup", given["amount"], given["currency"], source)
            case ("POST", "payouts"):
                return balance.create_payout(world, given)
    raise KeyError(name)
