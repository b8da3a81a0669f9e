"""Every call to Stripe, and the one place that knows its library.

No function runs inside an open database transaction: a request may hang for half a minute, and a transaction that
rolls back afterwards would forget what Stripe did. Answers are plain dictionaries, as Stripe's reference gives them.
"""

from __future__ import annotations

import datetime
import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings
from django.db import connection

from payments import pacing

Answer = dict[str, Any]

# A confirm waits for the card's bank, which Stripe gives some twenty seconds.
TIMEOUT_SECONDS = (5, 25)
RATE_LIMIT_BACKOFF_SECONDS = (0.5, 1.0, 2.0)
# Whoever was turned away after this long gives up: the row that asked is tried again by a sweep.
RETRY_WITHIN_SECONDS = 5
# After this long a request is certainly over: its time-outs, its back-off and its places in the queue are behind it.
LONGEST_CALL = datetime.timedelta(seconds=55)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Which Stripe account, and whether in live mode."""

    stripe_account: str
    livemode: bool


class GatewayError(Exception):
    """Anything but success."""


class Declined(GatewayError):
    """The card's bank said no, or asks the cardholder. Nothing was charged."""

    def __init__(self, error: Answer) -> None:
        self.code: str = error.get("code") or ""
        self.decline_code: str = error.get("decline_code") or self.code
        self.advice_code: str = error.get("advice_code") or ""
        self.message: str = error.get("message") or ""
        self.intent: Answer | None = error.get("payment_intent")
        super().__init__(f"{self.decline_code}: {self.message}")


class Refused(GatewayError):
    """Stripe refuses the request itself: a mistake of ours, or the object is no longer in the state for it."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class Unknown(GatewayError):
    """No answer, or none that says whether it happened. To be looked up."""


class KeyRefused(Unknown):
    """Our key is wrong, revoked or may not do this: says nothing about anybody's money, and somebody has to mend it."""


class RateLimited(Unknown):
    """Turned away before it was looked at: it has not happened."""


class InsideTransaction(RuntimeError):
    """A mistake in the code: Stripe is never called while a database transaction is open."""


@functools.cache
def _client() -> stripe.StripeClient:
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        # Repeating is decided by rows in the database, not by the library.
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def forget_client() -> None:
    """Make the next call read the settings anew; for tests that change them."""
    _client.cache_clear()


def _call(
    account: AccountRef,
    method: Callable[[Any], Callable[..., Any]],
    *args: str,
    params: Answer | None = None,
    key: str | None = None,
) -> Answer:
    """One paced request, its errors translated. `method` picks the service's method from the client."""
    if account.livemode != settings.STRIPE_LIVEMODE:
        raise RuntimeError("A row of test mode and a live key, or the other way round: nothing is sent.")
    if connection.in_atomic_block:
        raise InsideTransaction("Stripe is called inside an open database transaction.")
    options: Answer = {}
    if account.stripe_account != settings.STRIPE_ACCOUNT:
        options["stripe_account"] = account.stripe_account
    if key is not None:
        options["idempotency_key"] = key
    begun = time.monotonic()
    for backoff in RATE_LIMIT_BACKOFF_SECONDS:
        try:
            return _send(account, method, *args, params=params, options=options)
        except RateLimited:
            if time.monotonic() - begun > RETRY_WITHIN_SECONDS:
                raise
            # Jitter, so that workers turned away together do not come back together.
            time.sleep(backoff * random.uniform(0.5, 1.5))
    return _send(account, method, *args, params=params, options=options)


def _send(
    account: AccountRef,
    method: Callable[[Any], Callable[..., Any]],
    *args: str,
    params: Answer | None,
    options: Answer,
) -> Answer:
    pacing.wait_for_place(account.stripe_account)
    try:
        answer: Answer = method(_client().v1)(*args, params=params or {}, options=options).to_dict()
    except stripe.CardError as error:
        body: Any = error.json_body or {}
        raise Declined(body.get("error", {})) from error
    except stripe.RateLimitError as error:
        raise RateLimited(str(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe refuses our key: %s", error)
        raise KeyRefused(str(error)) from error
    except stripe.InvalidRequestError as error:
        raise Refused(error.code or type(error).__name__, str(error)) from error
    except stripe.StripeError as error:
        # Connection lost, time-out, 409, 5xx, an answer that is no JSON: it may have happened.
        raise Unknown(str(error)) from error
    return answer


def account(account: AccountRef) -> Answer:
    """The receiving account itself: which currencies it settles in, whether it may be charged for."""
    return _call(account, lambda v1: v1.accounts.retrieve, account.stripe_account)


def create_customer(account: AccountRef, *, member_id: str, email: str, name: str, key: str) -> Answer:
    params = {"email": email, "name": name, "metadata": {"member": member_id}}
    return _call(account, lambda v1: v1.customers.create, params=params, key=key)


def delete_customer(account: AccountRef, customer_id: str) -> Answer:
    """Forget a customer with their saved cards. Raises Refused (`resource_missing`) when that was done long ago."""
    return _call(account, lambda v1: v1.customers.delete, customer_id)


def create_setup_session(
    account: AccountRef,
    *,
    setup_id: str,
    customer_id: str,
    currency: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime.datetime,
    mandate: str,
    locale: str,
    key: str,
) -> Answer:
    """A hosted page that saves a card for charges while the cardholder is away; the mandate stands beside its button."""
    params = {
        "mode": "setup",
        "payment_method_types": ["card"],
        "currency": currency.lower(),
        "customer": customer_id,
        "client_reference_id": setup_id,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "custom_text": {"submit": {"message": mandate[:1200]}},
        "locale": locale,
        "metadata": {"setup": setup_id},
        "setup_intent_data": {"metadata": {"setup": setup_id}},
    }
    return _call(account, lambda v1: v1.checkout.sessions.create, params=params, key=key)


def retrieve_session(account: AccountRef, session_id: str) -> Answer:
    """The session with its SetupIntent and the saved PaymentMethod inside."""
    params = {"expand": ["setup_intent.payment_method"]}
    return _call(account, lambda v1: v1.checkout.sessions.retrieve, session_id, params=params)


def expire_session(account: AccountRef, session_id: str) -> Answer:
    """Raises Refused when the session is complete or expired already."""
    return _call(account, lambda v1: v1.checkout.sessions.expire, session_id)


def create_intent(
    account: AccountRef,
    *,
    payment_id: str,
    amount_minor: int,
    currency: str,
    customer_id: str,
    description: str,
    key: str,
) -> Answer:
    """An unconfirmed PaymentIntent: nothing is charged before its id is ours.

    It names no card, so that the request stays the same when it is repeated after the card was replaced.
    """
    params = {
        "amount": amount_minor,
        "currency": currency.lower(),
        "customer": customer_id,
        "payment_method_types": ["card"],
        "description": description,
        "metadata": {"payment": payment_id},
    }
    return _call(account, lambda v1: v1.payment_intents.create, params=params, key=key)


_WITH_CHARGE = {"expand": ["latest_charge.balance_transaction"]}


def confirm_intent(
    account: AccountRef, intent_id: str, *, payment_method_id: str, key: str, return_url: str = ""
) -> Answer:
    """Charge the card. With a `return_url` the cardholder is present and may be asked by the bank; else they are away.

    Raises Declined, Refused, Unknown.
    """
    present = {"return_url": return_url} if return_url else {"off_session": True}
    params = {"payment_method": payment_method_id, **present, **_WITH_CHARGE}
    return _call(account, lambda v1: v1.payment_intents.confirm, intent_id, params=params, key=key)


def retrieve_intent(account: AccountRef, intent_id: str) -> Answer:
    return _call(account, lambda v1: v1.payment_intents.retrieve, intent_id, params=_WITH_CHARGE)


def cancel_intent(account: AccountRef, intent_id: str) -> Answer:
    """Raises Refused when it has succeeded or was cancelled already."""
    return _call(account, lambda v1: v1.payment_intents.cancel, intent_id, params=_WITH_CHARGE)


def retrieve_charge(account: AccountRef, charge_id: str) -> Answer:
    return _call(account, lambda v1: v1.charges.retrieve, charge_id, params={"expand": ["balance_transaction"]})


def create_refund(account: AccountRef, *, refund_id: str, intent_id: str, amount_minor: int, key: str) -> Answer:
    params = {
        "payment_intent": intent_id,
        "amount": amount_minor,
        "metadata": {"refund": refund_id},
        "expand": ["balance_transaction", "failure_balance_transaction"],
    }
    return _call(account, lambda v1: v1.refunds.create, params=params, key=key)


def retrieve_refund(account: AccountRef, stripe_refund_id: str) -> Answer:
    params = {"expand": ["balance_transaction", "failure_balance_transaction"]}
    return _call(account, lambda v1: v1.refunds.retrieve, stripe_refund_id, params=params)


def retrieve_dispute(account: AccountRef, dispute_id: str) -> Answer:
    return _call(account, lambda v1: v1.disputes.retrieve, dispute_id)


def retrieve_balance_transaction(account: AccountRef, transaction_id: str) -> Answer:
    return _call(account, lambda v1: v1.balance_transactions.retrieve, transaction_id)


def retrieve_balance(account: AccountRef) -> Answer:
    return _call(account, lambda v1: v1.balance.retrieve)


def list_refunds(account: AccountRef, **filters: Any) -> Iterator[Answer]:
    return _listed(account, lambda v1: v1.refunds.list, filters)


def list_intents(account: AccountRef, **filters: Any) -> Iterator[Answer]:
    return _listed(account, lambda v1: v1.payment_intents.list, filters)


def list_disputes(account: AccountRef, **filters: Any) -> Iterator[Answer]:
    return _listed(account, lambda v1: v1.disputes.list, filters)


def list_balance_transactions(account: AccountRef, **filters: Any) -> Iterator[Answer]:
    return _listed(account, lambda v1: v1.balance_transactions.list, filters)


def list_events(account: AccountRef, **filters: Any) -> Iterator[Answer]:
    return _listed(account, lambda v1: v1.events.list, filters)


def _listed(account: AccountRef, method: Callable[[Any], Callable[..., Any]], filters: Answer) -> Iterator[Answer]:
    """Every object that the filters match, newest first, page by page (each page is one paced request)."""
    params = {"limit": 100, **filters}
    while True:
        page = _call(account, method, params=params)
        yield from page["data"]
        if not page["has_more"]:
            return
        params["starting_after"] = page["data"][-1]["id"]


class BadSignature(GatewayError):
    """A webhook that Stripe did not sign, or signed long ago."""


def read_webhook(raw: bytes, signature: str) -> Answer:
    """The event in a webhook's raw body. Raises BadSignature."""
    try:
        event = stripe.Webhook.construct_event(raw, signature, settings.STRIPE_WEBHOOK_SECRET)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise BadSignature(str(error)) from error
    answer: Answer = event.to_dict()
    return answer
