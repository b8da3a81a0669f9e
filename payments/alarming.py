"""Alarms: what nobody can explain stays visible until a person says why."""

from __future__ import annotations

import datetime
import logging

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.models import Member
from payments.models import Alarm

logger = logging.getLogger(__name__)


def raise_alarm(key: str, text: str, *, now: datetime.datetime) -> None:
    """Raise an alarm about `key`; while one about it is open, only note that it was seen again."""
    logger.error("ALARM %s: %s", key, text)
    key = key[:160]
    if not Alarm.objects.filter(key=key, closed_at=None).update(text=text, seen_at=now):
        Alarm.objects.bulk_create([Alarm(key=key, text=text, raised_at=now, seen_at=now)], ignore_conflicts=True)


def close_alarm(alarm: Alarm, *, explanation: str, by: Member, now: datetime.datetime) -> None:
    """Close an alarm with the reason why it is none. Raises ValidationError: `explanation_missing`, `state_changed`."""
    if not explanation.strip():
        raise ValidationError(_("Say what explains it."), code="explanation_missing")
    closed = Alarm.objects.filter(pk=alarm.pk, closed_at=None).update(
        closed_at=now, closed_by=by, explanation=explanation
    )
    if not closed:
        raise ValidationError(_("Somebody has closed this alarm already."), code="state_changed")
