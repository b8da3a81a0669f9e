"""What beat wakes that belongs to no app: mails, the heartbeat, the check of the books."""

from __future__ import annotations

from celery import shared_task
from post_office.mail import send_queued

from csm.health import heartbeat

__all__ = ["heartbeat", "send_mails"]


@shared_task(name="csm.send_mails")
def send_mails() -> None:
    """Send what waits in the outbox; what fails is tried again by the next call."""
    send_queued(processes=1)
