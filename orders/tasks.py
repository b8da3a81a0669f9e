"""What beat wakes for runs; the work is found in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from members.clock import database_now
from members.sweeping import each
from orders import closing, ordering

ORDERS = 500


@shared_task(name="orders.sweep")
def sweep() -> None:
    """Fix the prices of closing runs, give the go-ahead on money that has arrived, end what did not come about."""
    each(lambda pk: closing.fix(pk, now=database_now()), closing.to_fix(now=database_now()))
    each(lambda pk: closing.release(pk, now=database_now()), closing.to_release())
    each(lambda pk: closing.end(pk, now=database_now()), closing.to_end())
    ordering.free_lost_units(limit=ORDERS)
