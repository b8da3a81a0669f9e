"""Claiming rows for a worker: by a short lease that it renews, so that one that dies gives its share back soon."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from funding.models import Commitment

logger = logging.getLogger(__name__)

# A worker that died has renewed its claims at most `RENEWED_EVERY` before: who takes over comes 20 to 25 s after it,
# when a card's bank, which has some twenty seconds, has answered what the dead one asked.
LEASE = datetime.timedelta(seconds=25)
RENEWED_EVERY = datetime.timedelta(seconds=5)
# Whoever hangs for longer than any batch takes is as good as dead.
LONGEST_HOLD = datetime.timedelta(minutes=10)


def claim(rows: QuerySet[Commitment], *, now: datetime.datetime, limit: int, order: str) -> list[UUID]:
    """Claim up to `limit` of `rows` that nobody holds; what could not be finished comes round when its lease is over,
    so that records that fail never stand in front of the others."""
    with transaction.atomic():
        due = list(
            rows.filter(Q(claimed_until_at=None) | Q(claimed_until_at__lte=now))
            .order_by(order, "pk")
            .select_for_update(no_key=True, skip_locked=True, of=("self",))
            .values_list("pk", flat=True)[:limit]
        )
        Commitment.objects.filter(pk__in=due).update(claimed_until_at=now + LEASE)
    return due


@contextmanager
def held(ids: list[UUID], *, now: datetime.datetime, clock: Callable[[], datetime.datetime]) -> Iterator[None]:
    """Renew what was claimed at `now` for as long as the block runs, from a thread of its own: a call may take longer
    than a lease. What is done, or was taken over while PostgreSQL was away, is left alone."""
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(ids, now, clock, done), daemon=True)
    if ids:
        keeper.start()
    try:
        yield
    finally:
        done.set()
        if ids:
            keeper.join()


def _keep(
    ids: list[UUID], claimed_at: datetime.datetime, clock: Callable[[], datetime.datetime], done: threading.Event
) -> None:
    renewed_at = claimed_at
    try:
        while not done.wait(RENEWED_EVERY.total_seconds()) and renewed_at < claimed_at + LONGEST_HOLD:
            try:
                now = clock()
                # The lease is its own token: whoever took over has written another one.
                ours = Commitment.objects.filter(pk__in=ids, claimed_until_at=renewed_at + LEASE)
                if not ours.update(claimed_until_at=now + LEASE):
                    return
                renewed_at = now
            except DatabaseError as error:
                logger.warning("Claims could not be renewed: %s", error)
                connection.close()
    finally:
        connection.close()
