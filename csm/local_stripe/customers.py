"""Accounts, customers and their cards."""

from __future__ import annotations

import secrets
from typing import Any

from csm.local_stripe import spec
from csm.local_stripe.cards import BY_TOKEN, CARDS, MESSAGES, TestCard, luhn_holds
from csm.local_stripe.errors import StripeError, invalid, missing
from csm.local_stripe.store import Object
from csm.local_stripe.world import World


def retrieve_account(world: World, params: Object, key: str = "") -> Object:
    known = [*world.store.setting("accounts", []), world.account]
    if key and key not in known:
        raise invalid(f"No such account: '{key}'", code="account_invalid", status=403)
    return spec.blank("account") | {"id": key or world.account, "object": "account", "charges_enabled": True}


def create_customer(world: World, params: Object) -> Object:
    fields = {name: params[name] for name in ("email", "name", "description", "phone") if name in params}
    customer = world.make("customer", "cus", metadata=params.get("metadata", {}), **fields)
    world.emit("customer.created", customer)
    return customer


def retrieve_customer(world: World, params: Object, key: str) -> Object:
    return world.get("customer", key)


def delete_customer(world: World, params: Object, key: str) -> Object:
    """Gone with their cards; what was charged keeps the id."""
    customer = world.get("customer", key)
    if customer.get("deleted"):
        raise missing("customer", key)
    methods = world.page("payment_method", "", {"limit": 100}, customer=key)["data"]
    for method in methods:
        world.save(method | {"customer": None})
    gone = {"id": key, "object": "customer", "deleted": True}
    world.emit("customer.deleted", customer)
    world.save(gone)
    return gone


def list_customers(world: World, params: Object) -> Object:
    return world.page("customer", "/v1/customers", params)


def create_payment_method(world: World, params: Object) -> Object:
    """A card by number or by Stripe's test token (`pm_card_visa`)."""
    if params.get("type") != "card":
        raise invalid("Only cards are known here.", param="type")
    given: dict[str, Any] = params.get("card", {})
    if "token" in given:  # noqa: SIM108
        card = BY_TOKEN.get(given["token"]) or CARDS["4242424242424242"]
    else:
        card = known_card(given.get("number", ""))
    return new_method(world, card, given.get("exp_month", 12), given.get("exp_year", 2034))


def known_card(number: str) -> TestCard:
    """Raises StripeError for a number that is none, or that is not a test card."""
    digits = "".join(filter(str.isdigit, number))
    if not digits or not luhn_holds(digits):
        raise StripeError(402, "card_error", "Your card number is incorrect.", code="incorrect_number", param="number")
    if digits not in CARDS:
        raise StripeError(
            402,
            "card_error",
            "Only test cards are taken here.",
            code="card_declined",
            decline_code="test_mode_live_card",
        )
    return CARDS[digits]


def new_method(world: World, card: TestCard, exp_month: int, exp_year: int) -> Object:
    details = spec.blank("payment_method_card") | {
        "brand": card.brand,
        "last4": card.number[-4:],
        "exp_month": exp_month,
        "exp_year": exp_year,
        "funding": "credit",
        "country": "DE",
        # Read back to know how the card behaves; Stripe's own is as opaque.
        "fingerprint": f"local{card.number}",
    }
    return world.make("payment_method", "pm", type="card", card=details, customer=None, metadata={})


def behaviour(method: Object) -> TestCard:
    """How this card answers."""
    return CARDS[method["card"]["fingerprint"].removeprefix("local")]


def attach_method(world: World, params: Object, key: str) -> Object:
    method = new_method(world, BY_TOKEN[key], 12, 2034) if key in BY_TOKEN else world.get("payment_method", key)
    world.get("customer", params["customer"])
    refuse_saving(behaviour(method))
    method["customer"] = params["customer"]
    return world.save(method)


def refuse_saving(card: TestCard) -> None:
    if card.declines_saving:
        raise decline(card.declines_saving, card.advice)


def decline(code: str, advice: str = "", **fields: Any) -> StripeError:
    """The bank's no."""
    listed = code in ("expired_card", "authentication_required")
    return StripeError(
        402,
        "card_error",
        MESSAGES.get(code, "Your card was declined."),
        code=code if listed else "card_declined",
        decline_code=None if code == "expired_card" else code,
        advice_code=advice or None,
        **fields,
    )


def detach_method(world: World, params: Object, key: str) -> Object:
    method = world.get("payment_method", key)
    method["customer"] = None
    return world.save(method)


def retrieve_method(world: World, params: Object, key: str) -> Object:
    return world.get("payment_method", key)


def list_methods(world: World, params: Object) -> Object:
    return world.page("payment_method", "/v1/payment_methods", params, customer=params.get("customer"))


def secret(prefix: str) -> str:
    return f"{prefix}_secret_{secrets.token_hex(12)}"
