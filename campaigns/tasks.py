"""What beat wakes for campaigns; the work is found in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from campaigns import closing, launching, pledging
from members.clock import database_now
from members.sweeping import each

SLOTS = 500


@shared_task(name="campaigns.sweep")
def sweep() -> None:
    """Launch what is due, fix the amounts of closing campaigns, hand over what arrived, free the rewards of those who
    left."""
    each(lambda pk: launching.launch_due(pk, now=database_now()), launching.to_launch(now=database_now()))
    each(lambda pk: closing.fix(pk, now=database_now()), closing.to_fix(now=database_now()))
    each(lambda pk: closing.hand_over(pk, now=database_now()), closing.to_hand_over())
    pledging.free_lost_slots(limit=SLOTS)
