"""Opening a workshop and furnishing it: machines and their rates, materials and their prices, the wage."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from facilities.models import Facility, Machine, MachineRateComponent, Material, MaterialKind, MaterialPrice
from facilities.processes import PROCESSES
from members import moves
from members.markdown import render
from members.models import Member, Organisation
from payments.money import exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a workshop is. Latitude and longitude in degrees; the country by its two ISO letters."""

    locality: str
    country: str
    street: str = ""
    postcode: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What work costs at a workshop, in minor units of its currency; the wage is per hour, overhead per year."""

    wage_minor: int
    overhead_budget_minor: int
    overhead_planned_hours: int
    organising_minutes: int = 0
    care_percent: Decimal = Decimal(0)
    contingency_percent: Decimal = Decimal(0)


def open_facility(
    *,
    organisation: Organisation,
    name: str,
    slug: str,
    place: Place,
    time_zone: str,
    currency: str,
    terms: Terms,
    summary: str = "",
    story: str = "",
    opening_hours: str = "",
    now: datetime.datetime,
) -> Facility:
    """A new workshop of `organisation`. Its currency can never be changed again.

    Raises ValidationError with codes per field (`time_zone_unknown`, `currency_unknown`, Django's own).
    """
    facility = Facility(
        organisation=organisation,
        name=name,
        slug=slug,
        locality=place.locality,
        country=place.country.upper(),
        street=place.street,
        postcode=place.postcode,
        latitude=place.latitude,
        longitude=place.longitude,
        time_zone=time_zone,
        currency=currency,
        wage_minor=terms.wage_minor,
        overhead_budget_minor=terms.overhead_budget_minor,
        overhead_planned_hours=terms.overhead_planned_hours,
        organising_minutes=terms.organising_minutes,
        care_percent=terms.care_percent,
        contingency_percent=terms.contingency_percent,
        summary=summary,
        story=story,
        opening_hours=opening_hours,
        created_at=now,
    )
    return save_facility(facility)


def save_facility(facility: Facility) -> Facility:
    """Check a workshop's own fields, render its story, and keep it. Raises ValidationError as `open_facility` does."""
    if facility.time_zone not in zoneinfo.available_timezones():
        raise ValidationError({"time_zone": ValidationError(_("No time zone is called so."), code="time_zone_unknown")})
    try:
        exponent(facility.currency)
    except ValueError as error:
        raise ValidationError(
            {"currency": ValidationError(_("Give a currency code such as EUR."), code="currency_unknown")}
        ) from error
    if (facility.latitude is None) != (facility.longitude is None):
        raise ValidationError(
            {"longitude": ValidationError(_("Give latitude and longitude, or neither."), code="place_half_given")}
        )
    facility.story_html = render(facility.story)
    facility.full_clean()
    facility.save()
    return facility


def set_terms(facility: Facility, *, terms: Terms) -> Facility:
    """What work costs from now on. What was quoted before keeps the figures that it was quoted with."""
    facility.wage_minor = terms.wage_minor
    facility.overhead_budget_minor = terms.overhead_budget_minor
    facility.overhead_planned_hours = terms.overhead_planned_hours
    facility.organising_minutes = terms.organising_minutes
    facility.care_percent = terms.care_percent
    facility.contingency_percent = terms.contingency_percent
    return save_facility(facility)


def plan_machine(*, facility: Facility, name: str, process: str, summary: str = "") -> Machine:
    """A machine that the workshop will have; it is in no price before it works. Raises `process_unknown`."""
    if process not in PROCESSES:
        raise ValidationError(
            {"process": ValidationError(_("No process has the id “%(id)s”."), "process_unknown", {"id": process})}
        )
    machine = Machine(facility=facility, name=name, process=process, summary=summary)
    machine.full_clean()
    machine.save()
    return machine


def put_to_work(machine: Machine, *, by: Member | None, now: datetime.datetime) -> None:
    """The machine works from now on. Raises `rate_missing` while an hour of it has no price, and `state_changed`."""
    if not machine.rates.exists():
        raise ValidationError(
            _("Give “%(machine)s” an hourly rate before it works: what an hour costs must be known."),
            code="rate_missing",
            params={"machine": machine.name},
        )
    moves.move_or_refuse(machine, Machine.State.WORKING, by=by, now=now)


def retire_machine(machine: Machine, *, by: Member | None, now: datetime.datetime, why: str = "") -> None:
    """The machine is in no price any more. Raises `state_changed`."""
    moves.move_or_refuse(machine, Machine.State.RETIRED, by=by, now=now, why=why)


def set_machine_rate(
    machine: Machine,
    *,
    components: Mapping[str, int],
    since_on: datetime.date,
    by: Member | None,
    now: datetime.datetime,
) -> list[MachineRateComponent]:
    """What an hour of the machine costs from a day on, in named components (kind → minor units per hour).

    Kinds that are not named keep what they cost; 0 ends one. Raises ValidationError for an unknown kind or less than 0.
    """
    rows = [
        MachineRateComponent(
            machine=machine, kind=kind, amount_minor=amount, since_on=since_on, recorded_at=now, recorded_by=by
        )
        for kind, amount in components.items()
    ]
    for row in rows:
        row.full_clean()
    with transaction.atomic():
        return MachineRateComponent.objects.bulk_create(rows)


def name_material_kind(*, slug: str, name: str, unit: str) -> MaterialKind:
    """A material that designs may name from now on, counted in `unit`."""
    kind = MaterialKind(slug=slug, name=name, unit=unit)
    kind.full_clean()
    kind.save()
    return kind


def stock_material(
    *, facility: Facility, kind: MaterialKind, name: str, supplier: Organisation | None = None
) -> Material:
    """What the workshop buys when a design names `kind`. Raises ValidationError when it stocks one of the kind."""
    material = Material(facility=facility, kind=kind, name=name, supplier=supplier)
    material.full_clean()
    material.save()
    return material


def stop_stocking(material: Material) -> None:
    """The material is in no price any more; another of its kind may take its place."""
    Material.objects.filter(pk=material.pk).update(is_stocked=False)
    material.is_stocked = False


def price_material(
    material: Material,
    *,
    price_minor: int,
    pack_quantity: Decimal,
    since_on: datetime.date,
    by: Member | None,
    now: datetime.datetime,
) -> MaterialPrice:
    """What a pack costs from a day on, in minor units; its quantity is in the kind's unit. Whole packs are bought."""
    price = MaterialPrice(
        material=material,
        price_minor=price_minor,
        pack_quantity=pack_quantity,
        since_on=since_on,
        recorded_at=now,
        recorded_by=by,
    )
    price.full_clean()
    price.save()
    return price
