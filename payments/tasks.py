"""What beat and the webhook wake for payments; the work is found in PostgreSQL."""

from __future__ import annotations

import datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db.models import F, Q

from members.clock import database_now
from members.sweeping import each
from payments import charging, erasing, inbox, reconciling, refunding, stripe_gateway
from payments.models import Attempt, Payment

BATCH = 8
EVENTS = 25
BOOKED_WITHIN = datetime.timedelta(days=7)


@shared_task(name="payments.sweep")
def sweep() -> None:
    """Apply what Stripe told us, look up what is unknown, send refunds, have erased members forgotten. Talks to Stripe."""
    now = database_now()
    events = inbox.due(now=now, limit=EVENTS)
    each(lambda pk: inbox.apply_event(pk, now=database_now()), events)
    unknown = unanswered(limit=BATCH)
    each(lambda pk: charging.look_up(pk, now=database_now(), as_of=now), unknown)
    refunds = refunding.due(now=now, limit=BATCH)
    each(lambda pk: refunding.send_refund(pk, now=database_now()), refunds)
    each(lambda pk: erasing.delete_customer(pk, now=database_now()), erasing.due(limit=BATCH))
    if len(events) == EVENTS or len(refunds) == BATCH:
        sweep.delay()


@shared_task(name="payments.reconcile")
def reconcile() -> None:
    """Compare Stripe's books with ours, both ways, to the cent. Talks to Stripe."""
    each(lambda receiver: reconciling.reconcile(receiver, now=database_now()), reconciling.receivers())


def unanswered(*, limit: int) -> list[UUID]:
    """Payments with an attempt whose answer is overdue, or that arrived without Stripe's booking of them.

    Those that were asked after longest ago come first, so that some that Stripe never answers stand in nobody's way.
    Bookings are awaited of what arrived within a week; what is older is the nightly reconciliation's.
    """
    now = database_now()
    over = now - stripe_gateway.LONGEST_CALL
    silent = Attempt.objects.filter(
        Q(state=Attempt.State.UNKNOWN)
        | Q(state__in=(Attempt.State.PREPARED, Attempt.State.SENT), prepared_at__lte=over)
    )
    unbooked = Payment.objects.filter(
        state=Payment.State.SUCCEEDED, succeeded_at__gte=now - BOOKED_WITHIN, balance_transactions=None
    )
    # By a union, not by an "or", for which PostgreSQL would read every payment there ever was.
    waiting = Payment.objects.filter(pk__in=silent.values("payment").union(unbooked.values("pk"))).filter(
        Q(looked_up_at=None) | Q(looked_up_at__lte=now - charging.LOOK_UP_EVERY)
    )
    waiting = waiting.filter(livemode=settings.STRIPE_LIVEMODE)
    return list(waiting.order_by(F("looked_up_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:limit])
