"""Moments as people read them: never without their zone, since not everybody lives where the workshop is."""

from __future__ import annotations

import datetime

from django import template
from django.utils import formats, timezone
from django.utils.dateformat import format as date_format
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

register = template.Library()


@register.filter(expects_localtime=True)
def moment(at: datetime.datetime | None) -> str:
    """A day, a time and the zone's name, in the active zone; nothing for no moment."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{formats.date_format(local, 'DATE_FORMAT')}, {date_format(local, 'H:i T')}"


@register.filter
def time_left(until: datetime.datetime, now: datetime.datetime) -> str:
    """How long it is from `now` until then, in two units at most; the last minute is never “0 minutes”."""
    if until - now < datetime.timedelta(minutes=1):
        return _("less than a minute")
    return timeuntil(until, now)
