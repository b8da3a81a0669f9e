"""Moments as people read them: never without their zone, since not everybody lives where the workshop is."""

from __future__ import annotations

import datetime

from django import template
from django.utils import formats, timezone
from django.utils.dateformat import format as date_format

register = template.Library()


@register.filter(expects_localtime=True)
def moment(at: datetime.datetime | None) -> str:
    """A day, a time and the zone's name, in the active zone; nothing for no moment."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{formats.date_format(local, 'DATE_FORMAT')}, {date_format(local, 'H:i T')}"
