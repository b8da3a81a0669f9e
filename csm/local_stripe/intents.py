"""PaymentIntents and charges."""

from __future__ import annotations

from csm.local_stripe import balance, customers, spec
from csm.local_stripe.errors import StripeError, invalid
from csm.local_stripe.store import Object
from csm.local_stripe.world import World

# Stripe's published minimum charge amounts, in minor units.
MINIMUM = {
    "eur": 50,
    "usd": 50,
    "gbp": 30,
    "chf": 50,
    "dkk": 250,
    "nok": 300,
    "sek": 300,
    "pln": 200,
    "jpy": 50,
}
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_KEPT = (
    "description",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "receipt_email",
    "transfer_group",
)


def create(world: World, params: Object) -> Object:
    currency = params["currency"].lower()
    if params["amount"] < MINIMUM.get(currency, 50):
        raise invalid("Amount must be at least the minimum charge amount.", code="amount_too_small", param="amount")
    if params.get("customer"):
        world.get("customer", params["customer"])
    suffix = params.get("statement_descriptor_suffix", "")
    if len(suffix) > 22 or set(suffix) & set("<>\\'\"*"):
        raise invalid("Invalid statement descriptor suffix.", param="statement_descriptor_suffix")
    method = params.get("payment_method")
    if method is not None:
        world.get("payment_method", method)
    intent = world.make(
        "payment_intent",
        "pi",
        amount=params["amount"],
        amount_received=0,
        amount_capturable=0,
        currency=currency,
        customer=params.get("customer"),
        payment_method=method,
        payment_method_types=params.get("payment_method_types", ["card"]),
        status="requires_confirmation" if method else "requires_payment_method",
        capture_method=params.get("capture_method", "automatic_async"),
        confirmation_method="automatic",
        metadata=params.get("metadata", {}),
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        canceled_at=None,
        cancellation_reason=None,
        **{name: params.get(name) for name in _KEPT},
    )
    intent["client_secret"] = customers.secret(intent["id"])
    world.save(intent)
    world.emit("payment_intent.created", intent)
    return confirm(world, params, intent["id"]) if params.get("confirm") else intent


def retrieve(world: World, params: Object, key: str) -> Object:
    return world.get("payment_intent", key)


def list_all(world: World, params: Object) -> Object:
    return world.page("payment_intent", "/v1/payment_intents", params, customer=params.get("customer"))


def confirm(world: World, params: Object, key: str) -> Object:
    """Take the money, refuse, or send the cardholder to the bank."""
    intent = world.get("payment_intent", key)
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirm")
    method_id = params.get("payment_method") or intent["payment_method"]
    if method_id is None:
        raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.")
    method = world.get("payment_method", method_id)
    if intent["customer"] and method["customer"] != intent["customer"]:
        raise invalid(
            "The PaymentMethod does not belong to the Customer of this PaymentIntent.", param="payment_method"
        )
    off_session = bool(params.get("off_session"))
    intent |= {"payment_method": method_id, "next_action": None, "last_payment_error": None}
    card = customers.behaviour(method)
    if card.asks == "always" and off_session:
        raise _declined(world, intent, method, "authentication_required", "")
    if card.asks == "always":
        if "return_url" not in params:
            raise invalid("A return_url is needed for a card that may ask the cardholder.", param="return_url")
        intent["status"] = "requires_action"
        intent["next_action"] = spec.blank("payment_intent_next_action") | {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"{world.public_url}/3ds/{intent['id']}",
                "return_url": params["return_url"],
            },
        }
        world.save(intent)
        world.emit("payment_intent.requires_action", intent)
        return intent
    return pay(world, intent, method)


def pay(world: World, intent: Object, method: Object) -> Object:
    """The bank's answer to a charge. Raises StripeError (402) with the intent inside when it says no."""
    card = customers.behaviour(method)
    tries = world.store.setting(f"charged:{method['id']}", 0)
    world.store.set(f"charged:{method['id']}", tries + 1)
    if card.declines_charge and not (card.first_charge_only and tries):
        raise _declined(world, intent, method, card.declines_charge, card.advice)
    charge = _charge(world, intent, method, paid=True)
    fee = balance.charge_fee(intent["amount"], intent["currency"])
    txn = balance.book(world, "charge", intent["amount"], intent["currency"], charge["id"], fee=fee)
    # Stripe may give the charge's booking later than the charge.
    delay = world.store.setting("balance_transaction_after", 0)
    if delay:
        world.store.timer(delay, "show_booking", f"{charge['id']} {txn['id']}", world.account)
    else:
        world.save(charge | {"balance_transaction": txn["id"]})
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    world.save(intent)
    world.emit("charge.succeeded", world.get("charge", charge["id"]))
    world.emit("payment_intent.succeeded", intent)
    if card.dispute:
        world.store.timer(
            world.store.setting("dispute_after", 60), f"dispute_{card.dispute}", charge["id"], world.account
        )
    return intent


def refuse_action(world: World, intent: Object) -> Object:
    """The cardholder said no at the bank."""
    method = world.get("payment_method", intent["payment_method"])
    error = StripeError(
        402,
        "invalid_request_error",
        "We are unable to authenticate your payment method.",
        code="payment_intent_authentication_failure",
        payment_method=method,
    )
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent["last_payment_error"] = error.error
    world.save(intent)
    world.emit("payment_intent.payment_failed", intent)
    return intent


def cancel(world: World, params: Object, key: str) -> Object:
    intent = world.get("payment_intent", key)
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "cancel")
    intent |= {
        "status": "canceled",
        "canceled_at": world.now(),
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
    }
    world.save(intent)
    world.emit("payment_intent.canceled", intent)
    return intent


def unexpected_state(intent: Object, verb: str) -> StripeError:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return StripeError(
        400, "invalid_request_error", message, code="payment_intent_unexpected_state", payment_intent=intent
    )


def retrieve_charge(world: World, params: Object, key: str) -> Object:
    return world.get("charge", key)


def list_charges(world: World, params: Object) -> Object:
    return world.page(
        "charge",
        "/v1/charges",
        params,
        customer=params.get("customer"),
        payment_intent=params.get("payment_intent"),
    )


def _charge(world: World, intent: Object, method: Object, *, paid: bool) -> Object:
    return world.make(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        balance_transaction=None,
        billing_details=spec.blank("billing_details"),
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        metadata=intent["metadata"],
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        refunded=False,
        status="succeeded" if paid else "failed",
    )


def _declined(world: World, intent: Object, method: Object, code: str, advice: str) -> StripeError:
    charge = _charge(world, intent, method, paid=False)
    error = customers.decline(code, advice, charge=charge["id"], payment_method=method)
    charge |= {"failure_code": error.error["code"], "failure_message": error.error["message"]}
    world.save(charge)
    intent |= {"status": "requires_payment_method", "payment_method": None, "latest_charge": charge["id"]}
    intent["last_payment_error"] = dict(error.error)
    world.save(intent)
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)
    error.error["payment_intent"] = intent
    return error
