"""Comparing Stripe's books with ours, both ways, to the cent."""

from __future__ import annotations

import datetime

from django.conf import settings

from payments import balancing, charging, disputing, refund_answers, stripe_gateway
from payments.alarming import raise_alarm
from payments.booking import Kind, account_for, balance
from payments.models import BalanceTransaction, Payment, Receiver
from payments.money import Money
from payments.stripe_gateway import AccountRef

Filters = dict[str, dict[str, int]]

# Long enough to see again what changed late, such as a refund that came back.
LOOK_BACK = datetime.timedelta(days=40)


def receivers() -> list[Receiver]:
    """Those of the mode that this installation runs in."""
    return list(Receiver.objects.filter(livemode=settings.STRIPE_LIVEMODE).order_by("pk"))


def reconcile(receiver: Receiver, *, now: datetime.datetime) -> None:
    """Bring what Stripe knows through the functions that apply it, and raise an alarm for what nobody can explain.

    Raises stripe_gateway.Unknown when Stripe gives no answer; the next night repeats it. Talks to Stripe.
    """
    account = AccountRef(receiver.stripe_account, receiver.livemode)
    since = {"created": {"gte": int((now - LOOK_BACK).timestamp())}}
    _intents(account, since, now=now)
    for answer in stripe_gateway.list_disputes(account, **since):
        if disputing.apply_dispute(answer, account=account, now=now) is None:
            _foreign("dispute", answer["id"], now=now)
    for answer in stripe_gateway.list_refunds(account, **since):
        whole = stripe_gateway.retrieve_refund(account, answer["id"])
        if refund_answers.apply_refund(whole, account=account, now=now) is None:
            _foreign("refund", answer["id"], now=now)
    _balance_transactions(account, since, now=now)
    _balances(receiver, account, now=now)


def _intents(account: AccountRef, since: Filters, *, now: datetime.datetime) -> None:
    seen = set()
    for answer in stripe_gateway.list_intents(account, **since):
        seen.add(answer["id"])
        payment = Payment.objects.filter(intent_id=answer["id"]).first()
        settled = payment is not None and payment.state == Payment.State.SUCCEEDED
        if payment is None or (answer["status"] == "succeeded") != settled:
            whole = stripe_gateway.retrieve_intent(account, answer["id"])
            if charging.apply_intent(whole, account=account, now=now, as_of=now) is None:
                _foreign("payment", answer["id"], now=now)
        if payment is not None and settled and answer["amount_received"] != payment.received_minor:
            raise_alarm(
                f"amount:{answer['id']}",
                f"Stripe received {answer['amount_received']} for {answer['id']}, our books {payment.received_minor}.",
                now=now,
            )
    ours = Payment.objects.filter(
        stripe_account=account.stripe_account,
        livemode=account.livemode,
        state=Payment.State.SUCCEEDED,
        created_at__gte=now - LOOK_BACK + datetime.timedelta(days=1),
    ).exclude(intent_id__in=seen)
    for payment in ours:
        raise_alarm(f"missing:{payment.intent_id}", f"Stripe does not know our payment {payment.intent_id}.", now=now)


def _balance_transactions(account: AccountRef, since: Filters, *, now: datetime.datetime) -> None:
    known = set(
        BalanceTransaction.objects.filter(stripe_account=account.stripe_account, livemode=account.livemode).values_list(
            "transaction_id", flat=True
        )
    )
    for txn in stripe_gateway.list_balance_transactions(account, **since):
        if txn["id"] not in known:
            balancing.book_balance_transaction(txn, account=account, now=now)


def _balances(receiver: Receiver, account: AccountRef, *, now: datetime.datetime) -> None:
    """Our account of the Stripe balance against Stripe's own word."""
    answer = stripe_gateway.retrieve_balance(account)
    theirs: dict[str, int] = {}
    for part in (*answer["available"], *answer["pending"]):
        currency = part["currency"].upper()
        theirs[currency] = theirs.get(currency, 0) + part["amount"]
    for currency in {*theirs, *receiver.currencies}:
        ours = balance(account_for(receiver, Kind.STRIPE_BALANCE, currency)).minor
        if ours != theirs.get(currency, 0):
            raise_alarm(
                f"balance:{receiver.pk}:{currency}",
                f"Stripe's balance is {Money(theirs.get(currency, 0), currency)}, "
                f"our books say {Money(ours, currency)}.",
                now=now,
            )


def _foreign(kind: str, key: str, *, now: datetime.datetime) -> None:
    raise_alarm(f"foreign:{key}", f"Stripe knows a {kind} that nobody here made: {key}.", now=now)
