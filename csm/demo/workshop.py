"""The workshop of the demonstration."""

from __future__ import annotations

from decimal import Decimal

from facilities.models import Facility, Machine, Material, MaterialKind
from members.models import Organisation

_MACHINES = (
    # name, process, planned, then cents an hour: energy, maintenance, consumables, space, reserve
    ("Laser cutter 130 W, 1300 × 900 mm", "laser-cutting", False, (95, 210, 160, 120, 215)),
    ("CNC router 2500 × 1250 mm", "cnc-routing", True, (140, 260, 240, 310, 250)),
    ("Prusa MK4S", "fdm-printing", False, (12, 35, 20, 25, 28)),
    ("Bench and hand tools", "assembly", False, (5, 20, 15, 60, 10)),
    ("Belt sander", "finishing", False, (40, 35, 85, 40, 30)),
)
_MATERIALS = (
    # slug, name, unit, pack, price of the pack in cents, supplier
    ("birch-plywood-12", "Birch plywood 12 mm, 1500 × 1500 mm", "sheet", "1", 6_850, "Holz Petersen"),
    ("birch-plywood-6", "Birch plywood 6 mm, 1500 × 1500 mm", "sheet", "1", 4_190, "Holz Petersen"),
    ("pla", "PLA filament", "kg", "1", 2_190, "Filament Nord"),
    ("linseed-oil", "Linseed oil varnish", "l", "1", 1_490, "Naturfarben Lübeck"),
    ("dowel-8", "Beech dowels 8 × 40 mm", "piece", "100", 590, "Holz Petersen"),
    ("screw-4x40", "Screws 4 × 40 mm, stainless", "piece", "200", 1_380, "Eisen Hansen"),
)


def werkhof(organisation: Organisation) -> Facility:
    """Four machines that stand there, one that the campaign is for."""
    facility = Facility.objects.create(
        organisation=organisation,
        name="Werkhof Nord",
        slug="werkhof-nord",
        summary="An open workshop in an old joinery at the harbour of Flensburg.",
        street="Am Lagerhof 4",
        postal_code="24937",
        locality="Flensburg",
        country="DE",
        opening_hours="Tuesday to Saturday, 10 to 20",
        currency="EUR",
        wage_minor=2_400,
        overhead_yearly_minor=2_880_000,
        planned_hours=3_200,
    )
    for name, process, planned, rates in _MACHINES:
        energy, maintenance, consumables, space, reserve = rates
        Machine.objects.create(
            facility=facility,
            name=name,
            process=process,
            is_planned=planned,
            energy_minor=energy,
            maintenance_minor=maintenance,
            consumables_minor=consumables,
            space_minor=space,
            reserve_minor=reserve,
        )
    for slug, name, unit, pack, price, supplier in _MATERIALS:
        kind = MaterialKind.objects.create(slug=slug, name=name, unit=unit)
        Material.objects.create(facility=facility, kind=kind, pack=Decimal(pack), price_minor=price, supplier=supplier)
    return facility
