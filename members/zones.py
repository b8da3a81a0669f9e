"""Time zones: in which one a reader sees times, and how people choose theirs.

The rule: a member reads times in their own zone, a stranger in that of the workshop that a page is about (`requests`), and
where there is none, in the installation's. Every time of day is written with its zone's name (`moments`, `csm.formats`).
"""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

_REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}


def installation_zone() -> str:
    """The installation's TIME_ZONE: what a new member starts with."""
    return settings.TIME_ZONE


def named(name: str) -> zoneinfo.ZoneInfo:
    """The zone of this name; the installation's when none is known here by it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def _typed_in() -> str:
    return _text("In the time zone %(zone)s.") % {"zone": timezone.get_current_timezone_name().replace("_", " ")}


# Said beside every field in which a time is typed: it is read in the zone of whoever types.
TYPED_IN = lazy(_typed_in, str)()


def choices(*kept: str) -> list[tuple[object, object]]:
    """UTC, then each region with its cities. `kept` are names to offer beside these, such as one chosen long ago."""
    cities: dict[str, list[tuple[str, str]]] = {region: [] for region in _REGIONS}
    for zone in sorted(zoneinfo.available_timezones()):
        region, _slash, rest = zone.partition("/")
        if region in cities:
            *state, city = rest.replace("_", " ").split("/")
            cities[region].append((zone, ", ".join([city, *state])))
    offered = {zone for names in cities.values() for zone, _city in names} | {"UTC"}
    ungrouped = [("UTC", "UTC"), *((zone, zone) for zone in dict.fromkeys(kept) if zone not in offered)]
    groups = [(_REGIONS[region], sorted(names, key=lambda pair: pair[1])) for region, names in cities.items()]
    return [*ungrouped, *groups]
