"""Distances as people read them."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def away(metres: int | None) -> str:
    """Whole kilometres; nothing when no place was asked for."""
    if metres is None:
        return ""
    if metres < 1000:
        return _("less than 1 km away")
    return _("%(km)d km away") % {"km": round(metres / 1000)}
