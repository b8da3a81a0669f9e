"""What beat wakes for campaigns; the work is found in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from campaigns import closing, giving, pledging
from members.clock import database_now
from members.sweeping import each

SLOTS = 500


@shared_task(name="campaigns.sweep")
def sweep() -> None:
    """Fix the amounts of closing campaigns, hand over what arrived, free the rewards of those who left,
    tell who was given something."""
    each(lambda pk: closing.fix(pk, now=database_now()), closing.to_fix(now=database_now()))
    each(lambda pk: closing.hand_over(pk, now=database_now()), closing.to_hand_over())
    pledging.free_lost_slots(limit=SLOTS)
    each(lambda pk: giving.tell(pk, now=database_now()), giving.to_tell(limit=SLOTS))
