"""Bringing a design and a workshop together: the recipe that the cost model computes with."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from facilities.models import Facility, Machine, Material
from products.costing import MaterialNeed, Recipe, Step
from products.models import Revision


def recipe_for(revision: Revision, facility: Facility) -> Recipe:
    """What making `revision` at `facility` depends on, with the rows that each figure comes from; four queries.

    Raises ValidationError that names everything the workshop lacks: `material_not_stocked`, `no_machine_for_process`,
    and `nothing_to_make` for a version without materials and routing.
    """
    stock = {row.kind_id: row for row in Material.objects.filter(facility=facility).select_related("kind")}
    machines: dict[str, Machine] = {}
    for machine in Machine.objects.filter(facility=facility, is_planned=False).order_by("name"):
        machines.setdefault(machine.process, machine)
    bom = list(revision.bom.select_related("kind").order_by("kind__name"))
    operations = list(revision.operations.order_by("position"))
    lacking = [
        ValidationError(_("no %(material)s in stock"), "material_not_stocked", {"material": line.kind.name})
        for line in bom
        if line.kind_id not in stock
    ] + [
        ValidationError(
            _("no machine for %(process)s"), "no_machine_for_process", {"process": operation.get_process_display()}
        )
        for operation in operations
        if operation.process not in machines
    ]
    if lacking:
        raise ValidationError(lacking)
    if not bom and not operations:
        raise ValidationError(_("This version says nothing about how it is made."), code="nothing_to_make")
    return Recipe(
        currency=facility.currency,
        materials=tuple(
            MaterialNeed(
                label=line.kind.name,
                unit=line.kind.unit,
                quantity=line.quantity,
                attrition=line.attrition,
                setup_quantity=line.setup_quantity,
                pack=stock[line.kind_id].pack,
                price_minor=stock[line.kind_id].price_minor,
                source=f"material:{stock[line.kind_id].pk}",
            )
            for line in bom
        ),
        steps=tuple(
            Step(
                label=operation.title,
                setup_minutes=operation.setup_minutes,
                cycle_minutes=operation.cycle_minutes,
                attendance_minutes=operation.attendance_minutes,
                pieces_per_cycle=operation.pieces_per_cycle,
                yield_fraction=operation.yield_fraction,
                machine=machines[operation.process].name,
                rate_minor=machines[operation.process].rate_minor,
                source=f"machine:{machines[operation.process].pk}",
            )
            for operation in operations
        ),
        wage_minor=facility.wage_minor,
        overhead_yearly_minor=facility.overhead_yearly_minor,
        planned_hours=facility.planned_hours,
    )
