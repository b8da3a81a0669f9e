"""Which handler answers which operation of the specification."""

from __future__ import annotations

from csm.local_stripe import balance, customers, intents, refunds, sessions
from csm.local_stripe.store import Object
from csm.local_stripe.world import Handler, World


def _retrieve_event(world: World, params: Object, key: str) -> Object:
    return world.get("event", key)


def _list_events(world: World, params: Object) -> Object:
    return world.page("event", "/v1/events", params, type=params.get("type"))


HANDLERS: dict[tuple[str, str], Handler] = {
    ("get", "/v1/account"): customers.retrieve_account,
    ("get", "/v1/accounts/{account}"): customers.retrieve_account,
    ("get", "/v1/balance"): balance.retrieve_balance,
    ("get", "/v1/balance_transactions"): balance.list_transactions,
    ("get", "/v1/balance_transactions/{id}"): balance.retrieve_transaction,
    ("get", "/v1/charges"): intents.list_charges,
    ("get", "/v1/charges/{charge}"): intents.retrieve_charge,
    ("get", "/v1/checkout/sessions"): sessions.list_sessions,
    ("post", "/v1/checkout/sessions"): sessions.create_session,
    ("get", "/v1/checkout/sessions/{session}"): sessions.retrieve_session,
    ("post", "/v1/checkout/sessions/{session}/expire"): sessions.expire_session,
    ("get", "/v1/customers"): customers.list_customers,
    ("post", "/v1/customers"): customers.create_customer,
    ("get", "/v1/customers/{customer}"): customers.retrieve_customer,
    ("delete", "/v1/customers/{customer}"): customers.delete_customer,
    ("get", "/v1/disputes"): refunds.list_disputes,
    ("get", "/v1/disputes/{dispute}"): refunds.retrieve_dispute,
    ("post", "/v1/disputes/{dispute}/close"): refunds.accept_dispute,
    ("get", "/v1/events"): _list_events,
    ("get", "/v1/events/{id}"): _retrieve_event,
    ("get", "/v1/payment_intents"): intents.list_all,
    ("post", "/v1/payment_intents"): intents.create,
    ("get", "/v1/payment_intents/{intent}"): intents.retrieve,
    ("post", "/v1/payment_intents/{intent}/cancel"): intents.cancel,
    ("post", "/v1/payment_intents/{intent}/confirm"): intents.confirm,
    ("get", "/v1/payment_methods"): customers.list_methods,
    ("post", "/v1/payment_methods"): customers.create_payment_method,
    ("get", "/v1/payment_methods/{payment_method}"): customers.retrieve_method,
    ("post", "/v1/payment_methods/{payment_method}/attach"): customers.attach_method,
    ("post", "/v1/payment_methods/{payment_method}/detach"): customers.detach_method,
    ("get", "/v1/payouts"): balance.list_payouts,
    ("post", "/v1/payouts"): balance.create_payout,
    ("get", "/v1/payouts/{payout}"): balance.retrieve_payout,
    ("get", "/v1/refunds"): refunds.list_all,
    ("post", "/v1/refunds"): refunds.create,
    ("get", "/v1/refunds/{refund}"): refunds.retrieve,
    ("get", "/v1/setup_intents/{intent}"): sessions.retrieve_setup_intent,
}
