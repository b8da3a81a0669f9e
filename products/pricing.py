"""What a version takes at a workshop: its recipe, from today's price and rate rows."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from facilities.models import Facility, Machine, MachineRateComponent, Material, MaterialPrice
from facilities.processes import PROCESSES
from products.models import BomLine, Operation, Revision
from products.recipes import FilePin, MaterialItem, OperationItem, RatePart, Recipe


def recipe_for(*, revision: Revision, facility: Facility, day: datetime.date) -> Recipe:
    """The recipe of `revision` at `facility`, with the prices and rates that hold on `day` there.

    Seven queries, however long the lists are. Raises ValidationError that names everything missing at once:
    `material_not_stocked`, `material_not_priced`, `no_machine_for_process`. `revision.design` is fetched if it was not.
    """
    lines = list(revision.bom_lines.select_related("kind"))
    operations = list(revision.operations.all())
    stocked = _stocked(facility, lines)
    prices = {price.material_id: price for price in _prices(stocked, day)}
    machines = _machines(facility, operations)
    rates = _rates(machines, day)
    by_process = _cheapest(machines, rates)
    missing = _missing_materials(facility, lines, stocked, prices)
    missing += _missing_machines(facility, operations, by_process)
    if missing:
        raise ValidationError(missing)
    return Recipe(
        product=f"{revision.design.name} {revision.number}",
        workshop=facility.name,
        currency=facility.currency,
        priced_on=day.isoformat(),
        materials=tuple(_material_item(line, prices[stocked[line.kind_id].pk]) for line in lines),
        operations=tuple(
            _operation_item(operation, by_process.get(operation.process), rates) for operation in operations
        ),
        wage_minor=facility.wage_minor,
        overhead_budget_minor=facility.overhead_budget_minor,
        overhead_planned_hours=Decimal(facility.overhead_planned_hours),
        organising_minutes=Decimal(facility.organising_minutes),
        care_percent=facility.care_percent,
        contingency_percent=facility.contingency_percent,
        revision_source=_source(revision),
        workshop_source=_source(facility),
        files=tuple(FilePin(file.name, file.sha256) for file in revision.files.all()),
    )


def _stocked(facility: Facility, lines: list[BomLine]) -> dict[UUID, Material]:
    kinds = [line.kind_id for line in lines]
    return {row.kind_id: row for row in facility.materials.filter(is_stocked=True, kind__in=kinds)}


def _prices(stocked: dict[UUID, Material], day: datetime.date) -> list[MaterialPrice]:
    return list(MaterialPrice.objects.filter(material__in=[row.pk for row in stocked.values()]).on_day(day))


def _machines(facility: Facility, operations: list[Operation]) -> list[Machine]:
    processes = {operation.process for operation in operations}
    return list(facility.machines.filter(process__in=processes).exclude(state=Machine.State.RETIRED))


def _rates(machines: list[Machine], day: datetime.date) -> dict[UUID, list[MachineRateComponent]]:
    rates: dict[UUID, list[MachineRateComponent]] = defaultdict(list)
    for row in MachineRateComponent.objects.filter(machine__in=[machine.pk for machine in machines]).on_day(day):
        if row.amount_minor:
            rates[row.machine_id].append(row)
    return rates


def _cheapest(machines: list[Machine], rates: dict[UUID, list[MachineRateComponent]]) -> dict[str, Machine]:
    """For each process the working machine whose hour costs least; of two alike, the first by name."""

    def cost(machine: Machine) -> int:
        return sum(row.amount_minor for row in rates[machine.pk])

    working = [machine for machine in machines if machine.state == Machine.State.WORKING and rates[machine.pk]]
    chosen: dict[str, Machine] = {}
    for machine in sorted(working, key=lambda machine: (cost(machine), machine.name)):
        chosen.setdefault(machine.process, machine)
    return chosen


def _missing_materials(
    facility: Facility, lines: list[BomLine], stocked: dict[UUID, Material], prices: dict[UUID, MaterialPrice]
) -> list[ValidationError]:
    missing = []
    for line in lines:
        names = {"workshop": facility.name, "material": line.kind.name}
        if line.kind_id not in stocked:
            text = _("%(workshop)s does not stock %(material)s.")
            missing.append(ValidationError(text, code="material_not_stocked", params=names))
        elif stocked[line.kind_id].pk not in prices:
            text = _("%(workshop)s has no price for %(material)s yet.")
            missing.append(ValidationError(text, code="material_not_priced", params=names))
    return missing


def _missing_machines(
    facility: Facility, operations: list[Operation], by_process: dict[str, Machine]
) -> list[ValidationError]:
    wanted = dict.fromkeys(operation.process for operation in operations)
    return [
        ValidationError(
            _("%(workshop)s has no working machine for %(process)s."),
            code="no_machine_for_process",
            params={"workshop": facility.name, "process": _(PROCESSES[process].label)},
        )
        for process in wanted
        if process not in by_process and not PROCESSES[process].by_hand
    ]


def _material_item(line: BomLine, price: MaterialPrice) -> MaterialItem:
    return MaterialItem(
        label=line.kind.name,
        unit=line.kind.unit,
        quantity=line.quantity,
        attrition=line.attrition,
        setup_quantity=line.setup_quantity,
        pack_quantity=price.pack_quantity,
        pack_price_minor=price.price_minor,
        sources=(_source(line), _source(price)),
    )


def _operation_item(
    operation: Operation, machine: Machine | None, rates: dict[UUID, list[MachineRateComponent]]
) -> OperationItem:
    rows = sorted(rates[machine.pk], key=lambda row: row.kind) if machine else []
    return OperationItem(
        label=operation.title,
        process=operation.process,
        machine=machine.name if machine else "",
        setup_minutes=operation.setup_minutes,
        cycle_minutes=operation.cycle_minutes,
        attendance_minutes=operation.attendance_minutes,
        pieces_per_cycle=operation.pieces_per_cycle,
        yield_fraction=operation.yield_fraction,
        rate=tuple(RatePart(row.kind, row.amount_minor, _source(row)) for row in rows),
        sources=(_source(operation), *(_source(row) for row in rows)),
    )


def _source(row: Model) -> str:
    """Where a figure comes from: the table and the row."""
    return f"{row._meta.label}:{row.pk}"
