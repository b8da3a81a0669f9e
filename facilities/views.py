"""Pages of workshops."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from facilities.models import Facility, Machine, MachineRateComponent, Material, MaterialPrice
from members.clock import database_now
from payments.money import Money


class RatePart(NamedTuple):
    label: str
    amount: Money


class MachineRow(NamedTuple):
    """A machine with what its hour costs, whole and in parts."""

    machine: Machine
    rate: Money
    parts: list[RatePart]


class MaterialRow(NamedTuple):
    """A material with the price of a pack today."""

    material: Material
    quantity: Decimal
    price: Money


@require_safe
def facility_list(request: HttpRequest) -> HttpResponse:
    """Every workshop, with how many machines work there."""
    working = Count("machines", filter=Q(machines__state=Machine.State.WORKING))
    facilities = Facility.objects.select_related("organisation").annotate(working=working).order_by("name")[:120]
    return render(request, "facilities/list.html", {"facilities": facilities})


def facility_context(facility: Facility) -> dict[str, Any]:
    """What the page of a workshop shows: machines with their rates in parts, materials with today's price, the wage."""
    today = database_now().date()
    parts: dict[Any, list[MachineRateComponent]] = {}
    for row in MachineRateComponent.objects.filter(machine__facility=facility).on_day(today):
        parts.setdefault(row.machine_id, []).append(row)
    currency = facility.currency
    machines = [
        MachineRow(
            machine,
            Money(sum(row.amount_minor for row in parts.get(machine.pk, ())), currency),
            [RatePart(row.get_kind_display(), Money(row.amount_minor, currency)) for row in parts.get(machine.pk, ())],
        )
        for machine in facility.machines.exclude(state=Machine.State.RETIRED)
    ]
    prices = MaterialPrice.objects.filter(material__facility=facility, material__is_stocked=True).on_day(today)
    materials = [
        MaterialRow(price.material, price.pack_quantity, Money(price.price_minor, currency))
        for price in prices.select_related("material__kind")
    ]
    return {
        "facility": facility,
        "machines": machines,
        "materials": sorted(materials, key=lambda row: row.material.name),
        "wage": Money(facility.wage_minor, currency),
        "overhead": Money(facility.overhead_budget_minor, currency),
    }
