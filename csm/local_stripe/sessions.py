"""Hosted Checkout in setup mode, and the SetupIntent behind it."""

from __future__ import annotations

from csm.local_stripe import customers, spec
from csm.local_stripe.cards import TestCard
from csm.local_stripe.errors import invalid
from csm.local_stripe.store import Object
from csm.local_stripe.world import World

SHORTEST, LONGEST = 30 * 60, 24 * 3600


def create_session(world: World, params: Object) -> Object:
    if params.get("mode") != "setup":
        raise invalid("Only setup mode is known here.", param="mode")
    if "success_url" not in params:
        raise invalid("Missing required param: success_url.", code="parameter_missing", param="success_url")
    expires_at = params.get("expires_at", world.now() + LONGEST)
    if not SHORTEST - 5 <= expires_at - world.now() <= LONGEST + 5:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", param="expires_at"
        )
    if params.get("customer"):
        world.get("customer", params["customer"])
    intent = world.make(
        "setup_intent",
        "seti",
        status="requires_payment_method",
        usage="off_session",
        payment_method_types=["card"],
        customer=params.get("customer"),
        metadata=params.get("setup_intent_data", {}).get("metadata", {}),
        client_secret=customers.secret("seti"),
    )
    session = world.make(
        "checkout.session",
        "cs_test",
        mode="setup",
        status="open",
        payment_status="no_payment_required",
        payment_method_types=["card"],
        customer=params.get("customer"),
        setup_intent=intent["id"],
        success_url=params["success_url"],
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=params.get("currency"),
        expires_at=expires_at,
        metadata=params.get("metadata", {}),
        locale=params.get("locale"),
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": params.get("custom_text", {}).get("submit"),
            "terms_of_service_acceptance": None,
        },
    )
    session["url"] = f"{world.public_url}/checkout/{session['id']}"
    world.store.timer(expires_at - world.now(), "expire_session", session["id"], world.account)
    return world.save(session)


def retrieve_session(world: World, params: Object, key: str) -> Object:
    return world.get("checkout.session", key)


def list_sessions(world: World, params: Object) -> Object:
    return world.page(
        "checkout.session",
        "/v1/checkout/sessions",
        params,
        customer=params.get("customer"),
        status=params.get("status"),
    )


def expire_session(world: World, params: Object, key: str) -> Object:
    session = world.get("checkout.session", key)
    if session["status"] != "open":
        raise invalid(f"Only open sessions can be expired; this one is {session['status']}.")
    session |= {"status": "expired", "url": None}
    world.save(session)
    world.emit("checkout.session.expired", session)
    return session


def retrieve_setup_intent(world: World, params: Object, key: str) -> Object:
    return world.get("setup_intent", key)


def save_card(world: World, session: Object, card: TestCard, exp_month: int, exp_year: int) -> Object:
    """What the hosted page does with a card. Raises StripeError when the bank refuses; the page stays open."""
    intent = world.get("setup_intent", session["setup_intent"])
    customers.refuse_saving(card)
    method = customers.new_method(world, card, exp_month, exp_year)
    method["customer"] = session["customer"]
    world.save(method)
    intent["payment_method"] = method["id"]
    if card.asks in ("setup", "always"):
        intent["status"] = "requires_action"
        intent["next_action"] = spec.blank("setup_intent_next_action") | {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"{world.public_url}/3ds/{session['id']}",
                "return_url": session["success_url"],
            },
        }
        return world.save(intent)
    return complete(world, session, intent)


def complete(world: World, session: Object, intent: Object) -> Object:
    intent |= {"status": "succeeded", "next_action": None}
    world.save(intent)
    world.save(session | {"status": "complete", "url": None})
    world.emit("setup_intent.succeeded", intent)
    world.emit("checkout.session.completed", world.get("checkout.session", session["id"]))
    return intent
