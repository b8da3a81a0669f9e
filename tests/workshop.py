"""The standing workshop of the tests: the Werkhof with a router, plywood and screws, and a stool that it can make."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.core.files.base import ContentFile

from facilities import furnishing
from facilities.furnishing import Place, Terms
from facilities.models import Facility, Machine, Material, MaterialKind
from members.models import Member, Organisation
from products import drafting, releasing
from products.drafting import Instruction, Need, Step
from products.models import Design, Revision

TERMS = Terms(
    wage_minor=2400,
    overhead_budget_minor=4_800_000,
    overhead_planned_hours=3600,
    organising_minutes=45,
    care_percent=Decimal("2.00"),
    contingency_percent=Decimal("5.00"),
)


class Workshop:
    """Prices hold from the day of `now`. The stool is drafted, and released on demand."""

    def __init__(self, organisation: Organisation, by: Member, now: datetime.datetime) -> None:
        self.organisation, self.by, self.now, self.day = organisation, by, now, now.date()
        self.facility = self.open("Werkhof", "werkhof")
        self.router = self.machine("cnc-routing", "Router", energy=300, maintenance=900)
        self.plywood = furnishing.name_material_kind(slug="birch-plywood-12", name="Birch plywood 12 mm", unit="m2")
        self.screws = furnishing.name_material_kind(slug="screw-4x40", name="Screw 4×40", unit="piece")
        self.boards = self.stock(self.plywood, "Birch plywood 12 mm, 1250×2500", 6850, "3.125")
        self.box = self.stock(self.screws, "Screws 4×40, box", 899, "200")

    def open(self, name: str, slug: str, organisation: Organisation | None = None) -> Facility:
        return furnishing.open_facility(
            organisation=organisation or self.organisation,
            name=name,
            slug=slug,
            place=Place(locality="Eutin", country="DE", latitude=Decimal("54.137"), longitude=Decimal("10.618")),
            time_zone="Europe/Berlin",
            currency="EUR",
            terms=TERMS,
            story="We mend, make and teach.",
            now=self.now,
        )

    def machine(self, process: str, name: str, facility: Facility | None = None, **rate: int) -> Machine:
        """A working machine."""
        machine = furnishing.plan_machine(facility=facility or self.facility, name=name, process=process)
        furnishing.set_machine_rate(machine, components=rate, since_on=self.day, by=self.by, now=self.now)
        furnishing.put_to_work(machine, by=self.by, now=self.now)
        return machine

    def stock(
        self, kind: MaterialKind, name: str, price_minor: int, pack: str, facility: Facility | None = None
    ) -> Material:
        material = furnishing.stock_material(facility=facility or self.facility, kind=kind, name=name)
        self.price(material, price_minor, pack)
        return material

    def price(self, material: Material, price_minor: int, pack: str, since_on: datetime.date | None = None) -> None:
        furnishing.price_material(
            material,
            price_minor=price_minor,
            pack_quantity=Decimal(pack),
            since_on=since_on or self.day,
            by=self.by,
            now=self.now,
        )

    def stool(self, slug: str = "stool", maintainer: Organisation | Member | None = None) -> Revision:
        """A complete draft of a stool's version 1.0.0."""
        design = drafting.start_design(
            name=slug.title(),
            slug=slug,
            summary="Four parts that slot together.",
            story="**Stackable**, for outdoors too.",
            maintainer=maintainer or self.organisation,
            now=self.now,
        )
        return self.version(design, "1.0.0")

    def version(self, design: Design, number: str, licence: str = "CERN-OHL-S-2.0") -> Revision:
        revision = drafting.draft_revision(design=design, number=number, licence=licence, by=self.by, now=self.now)
        drafting.write_bom(
            revision,
            needs=[
                Need(kind=self.plywood, quantity=Decimal("0.5"), attrition=Decimal("0.1")),
                Need(kind=self.screws, quantity=Decimal(8)),
            ],
        )
        drafting.write_routing(
            revision,
            steps=[
                Step(
                    process="cnc-routing",
                    title="Mill the parts",
                    setup_minutes=Decimal(30),
                    cycle_minutes=Decimal(12),
                    attendance_minutes=Decimal(4),
                ),
                Step(process="assembly", title="Screw together", attendance_minutes=Decimal(10)),
            ],
        )
        drafting.write_instructions(revision, instructions=[Instruction(title="Slot the legs", text="No *glue*.")])
        drafting.attach_file(revision, name="seat.dxf", content=ContentFile(b"0\nEOF\n"))
        return revision

    def released_stool(self, slug: str = "stool") -> Revision:
        return releasing.release_revision(self.stool(slug), by=self.by, now=self.now)
