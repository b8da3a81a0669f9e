"""The webhook inbox: kept and answered at once, applied later by fetching the object afresh."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import transaction

from members.moves import move
from payments import (
    balancing,
    card_saving,
    charging,
    disputing,
    refund_answers,
    stripe_gateway,
)
from payments.alarming import raise_alarm
from payments.models import Receiver, WebhookEvent
from payments.stripe_gateway import AccountRef, Answer

logger = logging.getLogger(__name__)

MAX_TRIES = 12


def receive(raw: bytes, signature: str, *, now: datetime.datetime) -> WebhookEvent | None:
    """Verify and keep one event; None when it was kept before. Raises stripe_gateway.BadSignature."""
    event = stripe_gateway.read_webhook(raw, signature)
    row = WebhookEvent(
        stripe_account=event.get("account") or settings.STRIPE_ACCOUNT,
        livemode=event["livemode"],
        event_id=event["id"],
        kind=event["type"],
        object_id=str(event["data"]["object"].get("id") or ""),
        payload=_impersonal(event),
        received_at=now,
        next_try_at=now,
    )
    WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
    return row if WebhookEvent.objects.filter(pk=row.pk).exists() else None


def _impersonal(event: Answer) -> Answer:
    """What is told of customers is their name and address, of which we need nothing: it may come after their erasure."""
    if not event["type"].startswith("customer."):
        return event
    about = event["data"]["object"]
    return {**event, "data": {"object": {name: about[name] for name in ("id", "object") if name in about}}}


def due(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Events that wait to be applied, oldest first."""
    waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.RECEIVED, next_try_at__lte=now)
    return list(waiting.order_by("received_at").values_list("pk", flat=True)[:limit])


def apply_event(event_pk: UUID, *, now: datetime.datetime) -> WebhookEvent:
    """Apply one kept event; what fails is tried again later, twelve times, then raises an alarm. Talks to Stripe."""
    event = WebhookEvent.objects.get(pk=event_pk)
    if event.state != WebhookEvent.State.RECEIVED:
        return event
    account = AccountRef(event.stripe_account, event.livemode)
    apply = _handler(event.kind)
    known = Receiver.objects.filter(stripe_account=event.stripe_account, livemode=event.livemode).exists()
    if apply is None or not known:
        move(event, WebhookEvent.State.IGNORED, by=None, now=now)
        return event
    try:
        apply(event.payload["data"]["object"], account, now)
    except Exception as error:  # whatever it is, the event is kept and tried again
        logger.exception("Event %s (%s) failed", event.event_id, event.kind)
        _fail(event, error, now=now)
    else:
        move(event, WebhookEvent.State.APPLIED, by=None, now=now)
    return event


def _fail(event: WebhookEvent, error: Exception, *, now: datetime.datetime) -> None:
    tries = event.tries + 1
    with transaction.atomic():
        if tries >= MAX_TRIES:
            move(event, WebhookEvent.State.FAILED, by=None, now=now, tries=tries, error=repr(error))
            raise_alarm(f"event:{event.event_id}", f"{event.kind} could not be applied: {error!r}", now=now)
        else:
            WebhookEvent.objects.filter(pk=event.pk, state=event.state).update(
                tries=tries, error=repr(error), next_try_at=now + datetime.timedelta(seconds=5 * 2**tries)
            )


Handler = Callable[[Answer, AccountRef, datetime.datetime], object]


def _handler(kind: str) -> Handler | None:
    """What is done about events of a type; the longest prefix wins. None for what concerns nobody here."""
    prefixes = [prefix for prefix in _HANDLERS if kind.startswith(prefix)]
    return _HANDLERS[max(prefixes, key=len)] if prefixes else None


def _intent(stale: Answer, account: AccountRef, now: datetime.datetime) -> None:
    intent = stripe_gateway.retrieve_intent(account, stale["id"])
    charging.apply_intent(intent, account=account, now=now, as_of=now)


def _charge(stale: Answer, account: AccountRef, now: datetime.datetime) -> None:
    if stale.get("payment_intent"):
        _intent({"id": stale["payment_intent"]}, account, now)


def _session(stale: Answer, account: AccountRef, now: datetime.datetime) -> None:
    session = stripe_gateway.retrieve_session(account, stale["id"])
    card_saving.apply_session(session, account=account, now=now)


def _refund(stale: Answer, account: AccountRef, now: datetime.datetime) -> None:
    refund_answers.apply_refund(stripe_gateway.retrieve_refund(account, stale["id"]), account=account, now=now)


def _dispute(stale: Answer, account: AccountRef, now: datetime.datetime) -> None:
    disputing.apply_dispute(stripe_gateway.retrieve_dispute(account, stale["id"]), account=account, now=now)


def _payout(stale: Answer, account: AccountRef, now: datetime.datetime) -> None:
    for name in ("balance_transaction", "failure_balance_transaction"):
        if stale.get(name):
            txn = stripe_gateway.retrieve_balance_transaction(account, stale[name])
            balancing.book_balance_transaction(txn, account=account, now=now)


_HANDLERS: dict[str, Handler] = {
    "payment_intent.": _intent,
    "charge.": _charge,
    "charge.dispute.": _dispute,
    "charge.refund.": _refund,
    "refund.": _refund,
    "checkout.session.": _session,
    "payout.": _payout,
}
