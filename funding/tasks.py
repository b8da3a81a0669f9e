"""What beat and the web edge wake. Each task finds its work in PostgreSQL: a lost message costs one sweep at most."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from celery import shared_task
from django.db.models import Count

from funding import (
    arriving,
    calling,
    claiming,
    closing,
    collecting,
    committing,
    deciding,
    mailing,
    returning,
    settling,
    totals,
)
from funding.models import Fund, Tally
from members.clock import database_now
from members.sweeping import each

# Small enough that a task ends well before it would be handed out again, whatever each call to Stripe takes.
BATCH = 8
MAILS = 200
FOLD_AT = 200
# Longer than the sweep ever rests; `absorb_all` finds what was booked before all the same.
LATELY = datetime.timedelta(days=1)


def _each(verb: Callable[..., Any], subjects: Iterable[Any]) -> None:
    """Each with its own present moment: a batch may take a while."""
    each(lambda subject: verb(subject, now=database_now()), subjects)


@shared_task(name="funding.sweep")
def sweep() -> None:
    """Everything that is due about funds and does not talk to Stripe; then wakes those that do."""
    now = database_now()
    alive = Fund.objects.order_by("deadline_at").values_list("pk", flat=True)
    _each(closing.close_due, alive.filter(state=Fund.State.OPEN, deadline_at__lte=now))
    _each(committing.settle_draft, committing.finished_pages(limit=1000))
    _each(collecting.follow, collecting.followable(now=now, limit=1000))
    _each(arriving.apply, arriving.appliable(limit=1000))
    _each(calling.go_on, alive.filter(state=Fund.State.CALLING))
    _each(deciding.decide, alive.filter(state=Fund.State.COLLECTING))
    _each(returning.return_payment, returning.to_return(limit=1000))
    _each(arriving.owe, arriving.to_owe(limit=1000))
    _each(returning.finish, alive.filter(state=Fund.State.REFUNDING))
    _each(settling.absorb, settling.stirred(since=now - LATELY).values_list("pk", flat=True))
    _fold_long_tallies()
    collect.delay()
    end_overdue.delay()
    write_mails.delay()


@shared_task(name="funding.absorb_all")
def absorb_all() -> None:
    """As the sweep does for what was booked lately, for every fund that ever ended."""
    _each(settling.absorb, settling.stirred().values_list("pk", flat=True))


@shared_task(name="funding.collect")
def collect() -> None:
    """Charge a batch of due commitments. A full batch wakes another worker at once; what may have been the last of them
    wakes the sweep, which decides."""
    now = database_now()
    claimed = collecting.claim_due(now=now, limit=BATCH)
    if len(claimed) == BATCH:
        collect.delay()
    with claiming.held(claimed, now=now, clock=database_now):
        _each(collecting.collect, claimed)
    if 0 < len(claimed) < BATCH:
        sweep.delay()


@shared_task(name="funding.end_overdue")
def end_overdue() -> None:
    """Drop promises whose window is over, and end drafts whose page or fund is: at Stripe first."""
    now = database_now()
    late = deciding.claim_overdue(now=now, limit=BATCH)
    with claiming.held(late, now=now, clock=database_now):
        _each(deciding.drop_overdue, late)
    now = database_now()
    drafts = committing.claim_endable(now=now, limit=BATCH)
    with claiming.held(drafts, now=now, clock=database_now):
        _each(committing.abandon, drafts)
    if BATCH in (len(late), len(drafts)):
        end_overdue.delay()


@shared_task(name="funding.write_mails")
def write_mails() -> None:
    """Announce, remind, tell of a later deadline and how it ended; as long as there was a full batch, wake another."""
    now = database_now()
    soon = mailing.announceable(now=now, limit=MAILS)
    waiting = mailing.remindable(now=now, limit=MAILS)
    ended = mailing.untold(limit=MAILS)
    later = mailing.extended(limit=MAILS)
    _each(mailing.announce, soon)
    _each(mailing.remind, waiting)
    _each(mailing.tell_outcome, ended)
    _each(mailing.tell_extended, later)
    if MAILS in (len(soon), len(waiting), len(ended), len(later)):
        write_mails.delay()


def _fold_long_tallies() -> None:
    long = Tally.objects.values("fund").annotate(rows=Count("pk")).filter(rows__gt=FOLD_AT).values("fund")
    for fund in Fund.objects.filter(pk__in=long):
        totals.fold(fund)
