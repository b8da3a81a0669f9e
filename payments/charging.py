"""Charging a saved card: prepare (commit), call Stripe, apply what it says (commit).

The intent is created unconfirmed and its id committed before it is confirmed, so a crash or a lost answer at any
point leaves an intent that can be looked up, and never two that could both take money.
"""

from __future__ import annotations

import datetime
import logging
from typing import Any
from uuid import UUID

from django.db import transaction

from members.models import Member
from members.moves import move, record
from payments import balancing, stripe_gateway
from payments.booking import Kind, book, sibling
from payments.models import Account, Attempt, Card, Payment
from payments.money import Money
from payments.stripe_gateway import AccountRef, Answer

logger = logging.getLogger(__name__)

LOOK_UP_EVERY = datetime.timedelta(seconds=20)

UNCHARGED = (Payment.State.CREATED, Payment.State.CONFIRMING)


def prepare_payment(
    *,
    purpose_id: UUID,
    payer: Member,
    card: Card,
    credit_account: Account,
    amount: Money,
    description: str,
    now: datetime.datetime,
) -> Payment:
    """The row of a payment that is to be charged; the caller's transaction commits it before `charge`.

    Raises IntegrityError when the purpose has a live payment already.
    """
    receiver = credit_account.receiver
    if (card.stripe_account, card.livemode) != (receiver.stripe_account, receiver.livemode):
        raise RuntimeError("A card is charged in the Stripe account that it was saved in.")
    payment = Payment(
        stripe_account=card.stripe_account,
        livemode=card.livemode,
        purpose_id=purpose_id,
        payer=payer,
        customer=card.customer,
        credit_account=credit_account,
        amount_minor=amount.minor,
        currency=amount.currency,
        description=description,
        created_at=now,
    )
    payment.save(force_insert=True)
    record(payment, "", payment.state, by=None, now=now)
    return payment


def charge(
    payment_id: UUID, *, card_id: UUID, now: datetime.datetime, on_session: bool = False, return_url: str = ""
) -> Attempt | None:
    """Try once to take the payment's amount from the card; the attempt as it then stands.

    None when there was nothing to try: the payment is settled, another attempt is in flight, or Stripe gave no
    answer to the creating of the intent (the next call repeats it). With `on_session` the cardholder is present and
    comes back to `return_url` after the bank asked them (`attempt.action_url`).
    """
    try:
        payment = _with_intent(Payment.objects.select_related("customer").get(pk=payment_id))
    except stripe_gateway.GatewayError as error:
        logger.warning("No intent for payment %s yet: %s", payment_id, error)
        return None
    attempt = _prepare_attempt(payment.pk, card_id, on_session=on_session, now=now)
    if attempt is None or not move(attempt, Attempt.State.SENT, by=None, now=now, sent_at=now):
        return None
    account = AccountRef(payment.stripe_account, payment.livemode)
    try:
        intent = stripe_gateway.confirm_intent(
            account,
            payment.intent_id or "",
            payment_method_id=attempt.card.payment_method_id,
            key=attempt.idempotency_key,
            return_url=return_url if on_session else "",
        )
    except stripe_gateway.Declined as declined:
        _note_decline(attempt, _decline(declined.__dict__, declined.intent), now=now)
    except stripe_gateway.RateLimited as limited:
        move(attempt, Attempt.State.LAPSED, by=None, now=now, answered_at=now, message=str(limited)[:500])
    except stripe_gateway.Unknown as unknown:
        move(attempt, Attempt.State.UNKNOWN, by=None, now=now, message=str(unknown)[:500])
    except stripe_gateway.Refused as refused:
        if refused.code == "payment_intent_unexpected_state":
            # It has been paid or cancelled by another way in the meantime: see which.
            move(attempt, Attempt.State.UNKNOWN, by=None, now=now, message=refused.message[:500])
            look_up(payment.pk, now=now, as_of=None)
        else:
            _note_decline(attempt, {"decline_code": refused.code[:64], "message": refused.message[:500]}, now=now)
    else:
        apply_intent(intent, account=account, now=now, as_of=None)
    attempt.refresh_from_db()
    return attempt


def is_clear(payment_id: UUID, *, now: datetime.datetime) -> bool:
    """Whether a try may be made, for whoever alone has claimed the payment's purpose.

    An attempt without its answer was then left by a worker that died or heard nothing: it is looked up, and another is
    made only if that one never reached the bank. One that a cardholder is at just now is left to them. Talks to Stripe.
    """
    attempt = Attempt.objects.filter(payment=payment_id).order_by("number").last()
    if attempt is None or attempt.state not in Attempt.IN_FLIGHT:
        return True
    if attempt.on_session and attempt.state != Attempt.State.UNKNOWN:
        return False
    look_up(payment_id, now=now, as_of=now)
    attempt.refresh_from_db()
    return attempt.state == Attempt.State.LAPSED


def look_up(payment_id: UUID, *, now: datetime.datetime, as_of: datetime.datetime | None) -> Payment:
    """Fetch the payment's intent and apply it; unchanged when Stripe does not answer.

    `as_of` is a moment before the fetch: an attempt sent later is not judged by it. None trusts the answer fully.
    """
    payment = Payment.objects.get(pk=payment_id)
    Payment.objects.filter(pk=payment_id).update(looked_up_at=now)
    # Without an intent nothing can have been charged; `charge` repeats the creating with its key.
    if payment.intent_id is not None:
        account = AccountRef(payment.stripe_account, payment.livemode)
        try:
            intent = stripe_gateway.retrieve_intent(account, payment.intent_id)
        except stripe_gateway.Unknown as unknown:
            logger.warning("Payment %s could not be looked up: %s", payment_id, unknown)
        else:
            apply_intent(intent, account=account, now=now, as_of=as_of)
    payment.refresh_from_db()
    return payment


def cancel_payment(payment_id: UUID, *, now: datetime.datetime) -> Payment:
    """Make sure that the payment takes no money any more, at Stripe first; its state is then canceled or succeeded.

    In any other state nothing is decided (Stripe gave no answer, or money is on its way): call again later.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state in (Payment.State.SUCCEEDED, Payment.State.CANCELED):
        return payment
    account = AccountRef(payment.stripe_account, payment.livemode)
    if payment.intent_id is None:
        # Never confirmed: without its id nobody could have. A stray unconfirmed intent takes no money.
        if move(payment, Payment.State.CANCELED, by=None, now=now):
            return payment
        return cancel_payment(payment_id, now=now)
    try:
        intent = stripe_gateway.cancel_intent(account, payment.intent_id)
    except stripe_gateway.Refused:
        return look_up(payment_id, now=now, as_of=None)
    except stripe_gateway.Unknown as unknown:
        logger.warning("Payment %s could not be cancelled yet: %s", payment_id, unknown)
        return payment
    apply_intent(intent, account=account, now=now, as_of=None)
    payment.refresh_from_db()
    return payment


def apply_intent(
    intent: Answer, *, account: AccountRef, now: datetime.datetime, as_of: datetime.datetime | None
) -> Payment | None:
    """Take over what Stripe says of a PaymentIntent; the one function for workers, webhooks and sweeps.

    Applying twice, late or out of order changes nothing. None for an intent that is not ours.
    """
    with transaction.atomic():
        payment = _payment_of(intent, account)
        if payment is None:
            return None
        status = intent["status"]
        if status == "succeeded":
            _succeed(payment, intent, account=account, now=now)
        elif status == "canceled":
            _lapse(payment, now=now, as_of=None)
            if payment.state not in (Payment.State.CANCELED, Payment.State.SUCCEEDED):
                move(payment, Payment.State.CANCELED, by=None, now=now)
        elif status == "processing":
            if payment.state in UNCHARGED:
                move(payment, Payment.State.PROCESSING, by=None, now=now)
        else:
            _not_charged(payment, intent, now=now, as_of=as_of)
    return payment


def _with_intent(payment: Payment) -> Payment:
    """Create the payment's intent unless it has one, and commit its id before anything confirms it."""
    if payment.intent_id is None and payment.state in UNCHARGED:
        intent = stripe_gateway.create_intent(
            AccountRef(payment.stripe_account, payment.livemode),
            payment_id=str(payment.pk),
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            customer_id=payment.customer.customer_id or "",
            description=payment.description,
            key=f"intent-{payment.pk}",
        )
        Payment.objects.filter(pk=payment.pk, intent_id=None).update(intent_id=intent["id"])
        payment.refresh_from_db(fields=["intent_id", "state"])
    return payment


def _prepare_attempt(payment_id: UUID, card_id: UUID, *, on_session: bool, now: datetime.datetime) -> Attempt | None:
    with transaction.atomic():
        payment = _lock(payment_id)
        if payment.state not in UNCHARGED or payment.intent_id is None:
            return None
        if payment.attempts.filter(state__in=Attempt.IN_FLIGHT).exists():
            return None
        attempt = Attempt(
            payment=payment,
            number=payment.attempts.count() + 1,
            card_id=card_id,
            on_session=on_session,
            prepared_at=now,
        )
        attempt.save(force_insert=True)
        record(attempt, "", attempt.state, by=None, now=now)
        if payment.state == Payment.State.CREATED:
            move(payment, Payment.State.CONFIRMING, by=None, now=now)
    return attempt


def _lock(payment_id: UUID) -> Payment:
    return Payment.objects.select_for_update(no_key=True).get(pk=payment_id)


def _payment_of(intent: Answer, account: AccountRef) -> Payment | None:
    """Our locked row for this intent; found by our own id in its metadata when its id was never committed."""
    locked = Payment.objects.select_for_update(no_key=True, of=("self",)).select_related("credit_account__receiver")
    rows = locked.filter(stripe_account=account.stripe_account, livemode=account.livemode)
    payment = rows.filter(intent_id=intent["id"]).first()
    if payment is None:
        try:
            ours = UUID((intent.get("metadata") or {}).get("payment", ""))
        except ValueError:
            return None
        payment = rows.filter(pk=ours, intent_id=None).first()
        if payment is not None:
            payment.intent_id = intent["id"]
            payment.save(update_fields=["intent_id"])
    return payment


def _succeed(payment: Payment, intent: Answer, *, account: AccountRef, now: datetime.datetime) -> None:
    charge = intent.get("latest_charge")
    charge_id = charge["id"] if isinstance(charge, dict) else (charge or "")
    if payment.state != Payment.State.SUCCEEDED:
        move(
            payment,
            Payment.State.SUCCEEDED,
            by=None,
            now=now,
            received_minor=intent["amount_received"],
            charge_id=charge_id,
            succeeded_at=now,
        )
        attempt = payment.attempts.last()
        if attempt is not None and attempt.state != Attempt.State.SUCCEEDED:
            move(
                attempt,
                Attempt.State.SUCCEEDED,
                by=None,
                now=now,
                answered_at=now,
                charge_id=charge_id,
                action_url="",
            )
        transit = sibling(payment.credit_account, Kind.STRIPE_TRANSIT)
        received = intent["amount_received"]
        book(
            "payment_succeeded",
            intent["id"],
            [(transit, received), (payment.credit_account, -received)],
            now=now,
        )
    if isinstance(charge, dict) and isinstance(charge.get("balance_transaction"), dict):
        balancing.book_balance_transaction(charge["balance_transaction"], account=account, now=now)


def _not_charged(payment: Payment, intent: Answer, *, now: datetime.datetime, as_of: datetime.datetime | None) -> None:
    """The intent waits: for a card, for its confirming, or for the cardholder at their bank."""
    if payment.state == Payment.State.PROCESSING and intent["status"] == "requires_payment_method":
        move(payment, Payment.State.CONFIRMING, by=None, now=now)
    attempt = payment.attempts.last()
    if attempt is None or _sent_after(attempt, as_of):
        return
    error = intent.get("last_payment_error") or {}
    if intent["status"] == "requires_action":
        redirect = ((intent.get("next_action") or {}).get("redirect_to_url") or {}).get("url") or ""
        if attempt.state in Attempt.IN_FLIGHT:
            move(attempt, Attempt.State.ACTION_REQUIRED, by=None, now=now, answered_at=now, action_url=redirect)
    elif attempt.state == Attempt.State.ACTION_REQUIRED and attempt.on_session and error:
        # The cardholder was asked, and the bank did not get its yes.
        _note_decline(attempt, _decline(error, intent), now=now)
    elif attempt.state in Attempt.IN_FLIGHT:
        decline = _decline(error, intent)
        earlier = payment.attempts.exclude(pk=attempt.pk).values_list("charge_id", flat=True)
        if error and decline["charge_id"] and decline["charge_id"] not in set(earlier):
            _note_decline(attempt, decline, now=now)
        else:
            _lapse(payment, now=now, as_of=as_of)


def _decline(error: dict[str, Any], intent: Answer | None) -> dict[str, str]:
    charge = (intent or {}).get("latest_charge")
    return {
        "decline_code": (error.get("decline_code") or error.get("code") or "")[:64],
        "advice_code": (error.get("advice_code") or "")[:32],
        "message": (error.get("message") or "")[:500],
        "charge_id": (charge["id"] if isinstance(charge, dict) else charge) or "",
    }


def _note_decline(attempt: Attempt, decline: dict[str, str], *, now: datetime.datetime) -> None:
    asked = decline["decline_code"] == "authentication_required"
    if attempt.state == Attempt.State.ACTION_REQUIRED and asked:
        return
    to = Attempt.State.ACTION_REQUIRED if asked else Attempt.State.DECLINED
    move(attempt, to, by=None, now=now, answered_at=now, action_url="", **decline)


def _lapse(payment: Payment, *, now: datetime.datetime, as_of: datetime.datetime | None) -> None:
    """The attempt in flight, if any, never reached the bank: the next one may be made."""
    for attempt in payment.attempts.filter(state__in=Attempt.IN_FLIGHT):
        if not _sent_after(attempt, as_of):
            move(attempt, Attempt.State.LAPSED, by=None, now=now, answered_at=now)


def _sent_after(attempt: Attempt, as_of: datetime.datetime | None) -> bool:
    return as_of is not None and (attempt.sent_at or attempt.prepared_at) >= as_of
