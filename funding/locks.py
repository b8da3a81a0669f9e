"""The fund's advisory lock, always the first lock of a transaction (docs/locking.md).

Everybody who joins, changes or leaves holds it shared; whoever closes, fixes, decides or cancels holds it alone.
A row lock in its place would keep the close waiting for seconds while people pledge: new sharers of a row lock
overtake the one who waits for it alone, sharers of an advisory lock queue behind.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def share(fund_id: UUID) -> None:
    """Hold the fund together with others until the transaction ends: it stays open, or stays closed, meanwhile."""
    _take("pg_advisory_xact_lock_shared", fund_id)


def hold_alone(fund_id: UUID) -> None:
    """Wait for every sharer to finish, and keep new ones out until the transaction ends."""
    _take("pg_advisory_xact_lock", fund_id)


def _take(function: str, fund_id: UUID) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("A fund's lock lasts as long as a transaction, and there is none.")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"fund:{fund_id}"])
