"""What machines and hands do, under stable ids that designs and workshops share. An id is never renamed or reused."""

from __future__ import annotations

from dataclasses import dataclass


def _(text: str) -> str:
    """Marks a label for the catalogue of translations; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Process:
    """`by_hand`: no machine is needed, people do it with hand tools."""

    id: str
    label: str
    by_hand: bool = False


PROCESSES = {
    process.id: process
    for process in (
        Process("3d-printing-fdm", _("3D printing (filament)")),
        Process("3d-printing-sla", _("3D printing (resin)")),
        Process("3d-printing-sls", _("3D printing (powder)")),
        Process("laser-cutting", _("Laser cutting")),
        Process("plasma-cutting", _("Plasma cutting")),
        Process("waterjet-cutting", _("Waterjet cutting")),
        Process("vinyl-cutting", _("Vinyl cutting")),
        Process("hot-wire-cutting", _("Hot-wire cutting")),
        Process("sawing", _("Sawing")),
        Process("cnc-milling", _("CNC milling")),
        Process("cnc-routing", _("CNC routing")),
        Process("cnc-turning", _("CNC turning")),
        Process("drilling", _("Drilling")),
        Process("grinding", _("Grinding")),
        Process("planing", _("Planing")),
        Process("sheet-metal-bending", _("Sheet-metal bending")),
        Process("tube-bending", _("Tube bending")),
        Process("welding", _("Welding")),
        Process("soldering", _("Soldering"), by_hand=True),
        Process("casting", _("Casting")),
        Process("injection-moulding", _("Injection moulding")),
        Process("thermoforming", _("Thermoforming")),
        Process("sewing", _("Sewing")),
        Process("embroidery", _("Embroidery")),
        Process("knitting", _("Knitting")),
        Process("powder-coating", _("Powder coating")),
        Process("pcb-milling", _("Circuit-board milling")),
        Process("pick-and-place", _("Circuit-board assembly")),
        Process("hand-finishing", _("Finishing by hand"), by_hand=True),
        Process("painting", _("Painting and oiling"), by_hand=True),
        Process("assembly", _("Assembly"), by_hand=True),
        Process("inspection", _("Inspection"), by_hand=True),
    )
}
