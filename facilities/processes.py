"""The processes that machines offer and operations ask for: stable ids with what people call them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# Never renamed: routings, quotes and manifests refer to these ids.
PROCESSES = {
    "assembly": _("assembly by hand"),
    "band-sawing": _("band sawing"),
    "bending": _("sheet bending"),
    "cnc-milling": _("CNC milling"),
    "cnc-routing": _("CNC routing"),
    "cnc-turning": _("CNC turning"),
    "drilling": _("drilling"),
    "electronics-assembly": _("electronics assembly"),
    "embroidery": _("embroidery"),
    "fdm-printing": _("3-D printing, filament"),
    "finishing": _("sanding and finishing"),
    "knitting": _("machine knitting"),
    "laser-cutting": _("laser cutting"),
    "laser-engraving": _("laser engraving"),
    "moulding": _("casting and moulding"),
    "painting": _("painting"),
    "plasma-cutting": _("plasma cutting"),
    "resin-printing": _("3-D printing, resin"),
    "sewing": _("sewing"),
    "soldering": _("soldering"),
    "thermoforming": _("thermoforming"),
    "turning": _("turning by hand"),
    "vinyl-cutting": _("vinyl cutting"),
    "waterjet-cutting": _("water-jet cutting"),
    "welding": _("welding"),
}

CHOICES = sorted(PROCESSES.items())
