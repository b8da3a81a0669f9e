"""Claiming rows for a worker: by a lease, so that many share the work and one that dies gives its share back."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from funding.models import Commitment

# Longer than the longest call, so that nobody takes over while an answer may still come.
LEASE = datetime.timedelta(seconds=90)


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
