"""The workshop of the demonstration, furnished through its verbs."""

from __future__ import annotations

import datetime
from decimal import Decimal

from facilities import furnishing
from facilities.models import Facility, MaterialKind
from members.models import Member, Organisation

_MACHINES = (
    # name, process, works already, then cents an hour: energy, maintenance, consumables, space, reserve
    ("Laser cutter 130 W, 1300 × 900 mm", "laser-cutting", True, (95, 210, 160, 120, 215)),
    ("CNC router 2500 × 1250 mm", "cnc-routing", False, (140, 260, 240, 310, 250)),
    ("Prusa MK4S", "3d-printing-fdm", True, (12, 35, 20, 25, 28)),
    ("Panel saw", "sawing", True, (110, 90, 60, 210, 80)),
)
_KINDS = ("energy", "maintenance", "consumables", "space", "reserve")
_MATERIALS = (
    # slug, name, unit, units in a pack, price of the pack in cents
    ("birch-plywood-12", "Birch plywood 12 mm, 1500 × 1500 mm", "sheet", "1", 6_850),
    ("birch-plywood-6", "Birch plywood 6 mm, 1500 × 1500 mm", "sheet", "1", 4_190),
    ("pla", "PLA filament", "kg", "1", 2_190),
    ("linseed-oil", "Linseed oil varnish", "l", "1", 1_490),
    ("dowel-8", "Beech dowels 8 × 40 mm", "piece", "100", 590),
    ("screw-4x40", "Screws 4 × 40 mm, stainless", "piece", "200", 1_380),
)


def werkhof(organisation: Organisation, by: Member, *, now: datetime.datetime) -> Facility:
    """Three machines that stand there, and one that a campaign is for."""
    facility = furnishing.open_facility(
        organisation=organisation,
        name="Werkhof Nord",
        slug="werkhof-nord",
        summary="An open workshop in an old joinery at the harbour of Flensburg.",
        story="Twelve members keep it open, two of them for a wage. Whoever comes first lights the stove.",
        place=furnishing.Place(
            street="Am Lagerhof 4",
            postcode="24937",
            locality="Flensburg",
            country="DE",
            latitude=Decimal("54.7937"),
            longitude=Decimal("9.4330"),
        ),
        time_zone="Europe/Berlin",
        currency="EUR",
        opening_hours="Tuesday to Saturday, 10 to 20",
        terms=furnishing.Terms(
            wage_minor=2_400,
            overhead_budget_minor=2_880_000,
            overhead_planned_hours=3_200,
            organising_minutes=60,
            care_percent=Decimal("1.5"),
            contingency_percent=Decimal(8),
        ),
        now=now,
    )
    today = now.date()
    for name, process, works, rates in _MACHINES:
        machine = furnishing.plan_machine(facility=facility, name=name, process=process)
        furnishing.set_machine_rate(
            machine, components=dict(zip(_KINDS, rates, strict=True)), since_on=today, by=by, now=now
        )
        if works:
            furnishing.put_to_work(machine, by=by, now=now)
    for slug, name, unit, pack, price in _MATERIALS:
        kind = furnishing.name_material_kind(slug=slug, name=name, unit=MaterialKind.Unit(unit))
        material = furnishing.stock_material(facility=facility, kind=kind, name=name)
        furnishing.price_material(
            material, price_minor=price, pack_quantity=Decimal(pack), since_on=today, by=by, now=now
        )
    return facility
