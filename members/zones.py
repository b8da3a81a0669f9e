"""Time zones as people choose them: by region and city, without the many old names for the same."""

from __future__ import annotations

import zoneinfo

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
