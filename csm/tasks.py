"""What beat wakes that belongs to no app: mails, the heartbeat, the check of the books."""

from __future__ import annotations

from celery import shared_task
from post_office.mail import send_queued

from csm import books
from csm.health import heartbeat
from funding import erasing
from members import idempotency
from members.clock import database_now
from payments.alarming import raise_alarm

__all__ = ["check_books", "forget", "forget_outlived", "heartbeat", "send_mails"]


@shared_task(name="csm.send_mails")
def send_mails() -> None:
    """Send what waits in the outbox; what fails is tried again by the next call."""
    send_queued(processes=1)


@shared_task(name="csm.check_books")
def check_books() -> None:
    """An alarm for each invariant that is broken; it stays open until a person says why."""
    for breach in books.check():
        text = f"{breach.invariant}: {breach.what}: {breach.why}"
        raise_alarm(f"books:{breach.invariant}:{breach.what}"[:160], text, now=database_now())


@shared_task(name="csm.forget")
def forget() -> None:
    """Delete what is only kept for a while."""
    idempotency.forget_old(now=database_now())


@shared_task(name="csm.forget_outlived")
def forget_outlived() -> None:
    """Erase what is personal in papers that have been kept long enough."""
    erasing.forget_outlived(now=database_now())
