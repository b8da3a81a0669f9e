"""What beat wakes for campaigns; the work is found in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from campaigns import announcing, closing, following, giving, launching, pledging
from members.clock import database_now
from members.sweeping import each

SLOTS = 500
# As many as are written in a few seconds, so that a worker that dies has lost little.
MAILS = 200


@shared_task(name="campaigns.sweep")
def sweep() -> None:
    """Launch what is due, fix the amounts of closing campaigns, hand over what arrived, free the rewards of those who
    left; then wakes who writes mails."""
    each(lambda pk: launching.launch_due(pk, now=database_now()), launching.to_launch(now=database_now()))
    each(lambda pk: closing.fix(pk, now=database_now()), closing.to_fix(now=database_now()))
    each(lambda pk: closing.hand_over(pk, now=database_now()), closing.to_hand_over())
    pledging.free_lost_slots(limit=SLOTS)
    write_mails.delay()


@shared_task(name="campaigns.write_mails")
def write_mails() -> None:
    """Tell who was given something, readers of news, and those who wanted to be reminded.

    As long as there was a full batch, wake another.
    """
    each(lambda pk: giving.tell(pk, now=database_now()), giving.to_tell(limit=MAILS))
    now, more = database_now(), []
    each(lambda pk: more.append(announcing.tell_some(pk, now=now, limit=MAILS)), announcing.untold())
    begun, ending = following.launch_untold(limit=MAILS), following.end_untold(now=now, limit=MAILS)
    each(lambda one: following.tell_launch(one, now=now), begun)
    each(lambda one: following.tell_end(one, now=now), ending)
    if any(more) or MAILS in (len(begun), len(ending)):
        write_mails.delay()
