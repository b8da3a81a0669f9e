"""Places and distances: great circles on a round earth, at most half a percent off."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from django.db.models import Avg, BigIntegerField, Count, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, Sin, Sqrt, Upper

from facilities.models import Facility

EARTH_METRES = 6_371_009
DEGREE_KM = EARTH_METRES * math.pi / 180 / 1000
# How much of a town's letters must be right.
ALIKE = 0.4
COORDINATES = re.compile(r"\s*(-?\d{1,2}(?:\.\d{1,7})?)\s*[,;]\s*(-?\d{1,3}(?:\.\d{1,7})?)\s*")


class Point(NamedTuple):
    """Degrees north and east; `name` is what people call it, empty for bare coordinates."""

    latitude: float
    longitude: float
    name: str = ""


def coordinates(text: str) -> Point | None:
    """“54.79,9.43” as a point; None when it is none on earth."""
    found = COORDINATES.fullmatch(text)
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    return Point(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def place(text: str) -> Point | None:
    """Where `text` is: coordinates, or a town or postcode in which a workshop is, a letter wrong or not; None when
    nobody knows. At most two queries."""
    if (point := coordinates(text)) is not None:
        return point
    towns = Facility.objects.exclude(latitude=None).values("locality", "country")
    towns = towns.annotate(latitude=Avg("latitude"), longitude=Avg("longitude"), workshops=Count("pk"))
    found = towns.filter(Q(postcode=text) | Q(pk__in=_called(text))).order_by("-workshops").first()
    if found is None:
        alike = Func(_plain(F("locality")), _plain(Value(text)), function="similarity", output_field=FloatField())
        found = towns.annotate(alike=alike).filter(alike__gte=ALIKE).order_by("-alike", "-workshops").first()
    if found is None:
        return None
    return Point(float(found["latitude"]), float(found["longitude"]), found["locality"])


def _called(text: str) -> QuerySet[Facility, Any]:
    return Facility.objects.alias(town=Upper("locality")).filter(town=text.upper()).values("pk")


def _plain(text: Any) -> Func:
    return Func(Func(text, function="unaccent"), function="lower")


def within(point: Point, km: int, at: str = "") -> Q:
    """The box around a circle of `km` around `point`, which an index finds; `at` leads to the facility's columns.

    It is a little larger than the circle; at the poles it is the whole cap, and over the date line two boxes.
    """
    reach = km / DEGREE_KM
    south, north = point.latitude - reach, point.latitude + reach
    box = Q(**{f"{at}latitude__gte": round(south, 6), f"{at}latitude__lte": round(north, 6)})
    if south <= -90 or north >= 90:
        return box
    # A meridian's neighbour is nearest where the circle is furthest from the equator.
    width = math.degrees(math.asin(min(1.0, math.sin(math.radians(reach)) / math.cos(math.radians(point.latitude)))))
    if width >= 180:
        return box
    west, east = point.longitude - width, point.longitude + width
    low, high = f"{at}longitude__gte", f"{at}longitude__lte"
    if west < -180:
        return box & (Q(**{low: round(west + 360, 6)}) | Q(**{high: round(east, 6)}))
    if east > 180:
        return box & (Q(**{low: round(west, 6)}) | Q(**{high: round(east - 360, 6)}))
    return box & Q(**{low: round(west, 6), high: round(east, 6)})


def metres(point: Point, at: str = "") -> Cast:
    """How far a facility is from `point` (haversine); null for one without a place."""
    latitude, longitude = F(f"{at}latitude"), F(f"{at}longitude")
    here = math.radians(point.latitude)
    chord = Power(Sin(Radians(latitude - Value(point.latitude)) / 2.0), 2.0) + Value(math.cos(here)) * Cos(
        Radians(latitude)
    ) * Power(Sin(Radians(longitude - Value(point.longitude)) / 2.0), 2.0)
    return Cast(ASin(Sqrt(Least(chord, 1.0))) * (2.0 * EARTH_METRES), BigIntegerField())
