"""The open designs of the demonstration."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.core.files.base import ContentFile

from facilities.models import MaterialKind
from members.models import Member
from products import drafting, releasing
from products.drafting import Instruction, Need, Step
from products.models import Revision

_STOOL_STORY = """
A stool of three interlocking parts and a seat, cut from birch plywood and put together **without glue**.

Developed in three winters by people who wanted something to sit on in the workshop. It stacks, it carries 140 kg in
the test, and every part can be replaced alone.
"""
# Four outlines of a stool leg, as a laser reads them.
_STOOL_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="400mm" height="450mm" viewBox="0 0 400 450">
<path d="M40 430 L120 20 H280 L360 430 H310 L250 220 H150 L90 430 Z" fill="none" stroke="#f00" stroke-width="0.1"/>
<path d="M194 20 V230 H206 V20 Z" fill="none" stroke="#f00" stroke-width="0.1"/></svg>
"""
_LID_STORY = """
A lid for the common 210-litre rain barrel, with a ring that clamps it in the wind and keeps mosquitoes and children out.
"""


def stool(maintainer: Member, *, now: datetime.datetime) -> Revision:
    """The plywood stool."""
    design = drafting.start_design(
        name="Plywood stool",
        slug="plywood-stool",
        summary="Three interlocking parts and a seat, without glue. Stacks, and carries 140 kg.",
        story=_STOOL_STORY,
        maintainer=maintainer,
        now=now,
    )
    draft = drafting.draft_revision(
        design=design,
        number="1.2.0",
        licence="CERN-OHL-S-2.0",
        changelog="Wider seat; the slots fit 12 mm plywood with its real thickness of 11.8 mm.",
        by=maintainer,
        now=now,
    )
    kinds = {kind.slug: kind for kind in MaterialKind.objects.all()}
    drafting.write_bom(
        draft,
        needs=[
            Need(kind=kinds["birch-plywood-12"], quantity=Decimal("0.2"), attrition=Decimal("0.03")),
            Need(kind=kinds["linseed-oil"], quantity=Decimal("0.06")),
        ],
    )
    drafting.write_routing(
        draft,
        steps=[
            Step(
                process="laser-cutting",
                title="Cut legs and seat",
                setup_minutes=Decimal(25),
                cycle_minutes=Decimal(14),
                attendance_minutes=Decimal(3),
                yield_fraction=Decimal("0.97"),
            ),
            Step(
                process="hand-finishing",
                title="Break the edges, sand",
                setup_minutes=Decimal(5),
                cycle_minutes=Decimal(0),
                attendance_minutes=Decimal(9),
            ),
            Step(
                process="painting",
                title="Oil twice",
                setup_minutes=Decimal(10),
                cycle_minutes=Decimal(0),
                attendance_minutes=Decimal(5),
            ),
        ],
    )
    drafting.write_instructions(
        draft,
        instructions=[
            Instruction(
                title="Slide the legs together", text="The long slot faces up. It should need a push, no hammer."
            ),
            Instruction(title="Set the seat on", text="Press until all four tabs stand level with the top."),
            Instruction(title="Oil", text="Thin, with the grain, twice; twelve hours between."),
        ],
    )
    drafting.attach_file(draft, name="stool-legs.svg", content=ContentFile(_STOOL_SVG))
    return releasing.release_revision(draft, by=maintainer, now=now)


def barrel_lid(maintainer: Member, *, now: datetime.datetime) -> Revision:
    """The lid of a rain barrel."""
    design = drafting.start_design(
        name="Rain-barrel lid",
        slug="rain-barrel-lid",
        summary="Clamps on any 210-litre barrel; keeps wind, mosquitoes and children out.",
        story=_LID_STORY,
        maintainer=maintainer,
        now=now,
    )
    draft = drafting.draft_revision(
        design=design, number="0.9.1", licence="CC-BY-SA-4.0", changelog="First release.", by=maintainer, now=now
    )
    kinds = {kind.slug: kind for kind in MaterialKind.objects.all()}
    drafting.write_bom(
        draft,
        needs=[
            Need(kind=kinds["birch-plywood-6"], quantity=Decimal("0.25")),
            Need(kind=kinds["pla"], quantity=Decimal("0.12"), attrition=Decimal("0.05")),
            Need(kind=kinds["screw-4x40"], quantity=Decimal(6)),
        ],
    )
    drafting.write_routing(
        draft,
        steps=[
            Step(
                process="laser-cutting",
                title="Cut the disc",
                setup_minutes=Decimal(15),
                cycle_minutes=Decimal(6),
                attendance_minutes=Decimal(2),
            ),
            Step(
                process="3d-printing-fdm",
                title="Print the clamps",
                setup_minutes=Decimal(10),
                cycle_minutes=Decimal(190),
                attendance_minutes=Decimal(4),
                pieces_per_cycle=2,
                yield_fraction=Decimal("0.95"),
            ),
            Step(
                process="assembly",
                title="Screw together",
                setup_minutes=Decimal(0),
                cycle_minutes=Decimal(0),
                attendance_minutes=Decimal(6),
            ),
        ],
    )
    drafting.write_instructions(
        draft, instructions=[Instruction(title="Clamp", text="Three clamps at equal distance, hand-tight.")]
    )
    return releasing.release_revision(draft, by=maintainer, now=now)
