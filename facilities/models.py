"""Workshops: where they are, which machines and materials they have, and what an hour and a pack cost there."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from facilities.processes import PROCESSES
from payments.money import Money


def process_choices() -> list[tuple[str, str]]:
    """A function, so that a new process needs no migration."""
    return [(process.id, gettext(process.label)) for process in PROCESSES.values()]


class FacilityQuerySet(models.QuerySet["Facility"]):
    def of_organisations(self, ids: Iterable[UUID]) -> FacilityQuerySet:
        return self.filter(organisation__in=ids)

    def able_to_make(self, *, processes: Iterable[str], kinds: Iterable[UUID]) -> FacilityQuerySet:
        """Those with a working machine for each of `processes` and stock of each material kind in `kinds`."""
        able = self
        for process in sorted(set(processes)):
            machines = Machine.objects.filter(facility=OuterRef("pk"), process=process, state=Machine.State.WORKING)
            able = able.filter(Exists(machines))
        for kind in sorted(set(kinds)):
            stocked = Material.objects.filter(facility=OuterRef("pk"), kind=kind, is_stocked=True)
            able = able.filter(Exists(stocked.filter(prices__isnull=False)))
        return able


class Facility(models.Model):
    """A workshop of an organisation. Its currency is that of all its rates and prices, and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    summary = models.CharField(_("in one sentence"), max_length=240, blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    locality = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country (two letters)"), max_length=2)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    story = models.TextField(_("story (Markdown)"), blank=True)
    story_html = models.TextField(editable=False, blank=True)
    opening_hours = models.TextField(_("opening hours"), max_length=600, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    wage_minor = models.BigIntegerField(_("wage per hour"))
    overhead_budget_minor = models.BigIntegerField(_("overhead per year"), help_text=_("Rent, insurance, bookkeeping."))
    overhead_planned_hours = models.PositiveIntegerField(_("hours planned per year"))
    organising_minutes = models.PositiveIntegerField(_("minutes of organising per batch"), default=0)
    care_percent = models.DecimalField(_("care pot, in percent of making"), max_digits=4, decimal_places=2, default=0)
    contingency_percent = models.DecimalField(
        _("contingency, in percent of the price"), max_digits=4, decimal_places=2, default=0
    )
    created_at = models.DateTimeField(_("created"), editable=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="facility_costs_not_negative", condition=Q(wage_minor__gte=0, overhead_budget_minor__gte=0)
            ),
            models.CheckConstraint(name="facility_plans_hours", condition=Q(overhead_planned_hours__gte=1)),
            models.CheckConstraint(
                name="facility_care_is_percent", condition=Q(care_percent__gte=0, care_percent__lte=10)
            ),
            models.CheckConstraint(
                name="facility_contingency_is_capped",
                condition=Q(contingency_percent__gte=0, contingency_percent__lte=10),
            ),
            models.CheckConstraint(
                name="facility_place_on_earth",
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["latitude", "longitude"], name="facility_place"),
            models.Index(Upper("locality"), name="facility_town"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("facility", args=[self.slug])


class MachineQuerySet(models.QuerySet["Machine"]):
    def of_organisations(self, ids: Iterable[UUID]) -> MachineQuerySet:
        return self.filter(facility__organisation__in=ids)


class Machine(models.Model):
    """A machine of a workshop, and the one process that it is there for."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        WORKING = "working", _("working")
        RETIRED = "retired", _("retired")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "planned": ("working", "retired"),
        "working": ("retired",),
        "retired": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        Facility, on_delete=models.PROTECT, related_name="machines", verbose_name=_("workshop")
    )
    name = models.CharField(_("name"), max_length=120)
    process = models.CharField(_("process"), max_length=40, choices=process_choices)
    summary = models.CharField(_("in one sentence"), max_length=240, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED, editable=False)

    objects = MachineQuerySet.as_manager()

    class Meta:
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["facility", "name"], name="machine_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def currency(self) -> str:
        return self.facility.currency


class RateQuerySet(models.QuerySet["MachineRateComponent"]):
    def on_day(self, day: datetime.date) -> RateQuerySet:
        """The newest row of each kind of each machine that holds on `day`."""
        return (
            self.filter(since_on__lte=day)
            .order_by("machine_id", "kind", "-since_on", "-recorded_at", "-id")
            .distinct("machine_id", "kind")
        )


class MachineRateComponent(models.Model):
    """One named part of a machine's hourly rate from a day on. Never changed: a new row takes over."""

    class Kind(models.TextChoices):
        ENERGY = "energy", _("energy")
        MAINTENANCE = "maintenance", _("maintenance")
        CONSUMABLES = "consumables", _("consumables")
        SPACE = "space", _("space")
        RESERVE = "reserve", _("reserve for its successor")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="rates", verbose_name=_("machine"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    amount_minor = models.BigIntegerField(_("per hour"))
    since_on = models.DateField(_("since"))
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", null=True)

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of a machine's rate")
        verbose_name_plural = _("parts of machines' rates")
        constraints: ClassVar = [
            models.CheckConstraint(name="rate_not_negative", condition=Q(amount_minor__gte=0)),
        ]
        indexes: ClassVar = [models.Index(F("machine"), F("kind"), F("since_on").desc(), name="rate_newest")]

    def __str__(self) -> str:
        return f"{self.machine}, {self.get_kind_display()}"

    @property
    def currency(self) -> str:
        return self.machine.currency


class MaterialKind(models.Model):
    """A material as designs name it, shared by everybody: “Birch plywood 12 mm”, counted in m²."""

    class Unit(models.TextChoices):
        KILOGRAM = "kg", _("kg")
        GRAM = "g", _("g")
        METRE = "m", _("m")
        SQUARE_METRE = "m2", _("m²")
        LITRE = "l", _("l")
        SHEET = "sheet", _("sheet")
        PIECE = "piece", _("piece")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("short name"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=120)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)

    class Meta:
        verbose_name = _("kind of material")
        verbose_name_plural = _("kinds of material")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_unit_display()})"


class MaterialQuerySet(models.QuerySet["Material"]):
    def of_organisations(self, ids: Iterable[UUID]) -> MaterialQuerySet:
        return self.filter(facility__organisation__in=ids)


class Material(models.Model):
    """What a workshop buys when a design names a kind of material."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        Facility, on_delete=models.PROTECT, related_name="materials", verbose_name=_("workshop")
    )
    kind = models.ForeignKey(MaterialKind, on_delete=models.PROTECT, related_name="+", verbose_name=_("kind"))
    name = models.CharField(_("as bought"), max_length=160)
    supplier = models.ForeignKey(
        "members.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("supplier"),
    )
    is_stocked = models.BooleanField(_("stocked"), default=True)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            # A price is calculated with one material of a kind: which one is the workshop's choice, made here.
            models.UniqueConstraint(
                fields=["facility", "kind"],
                condition=Q(is_stocked=True),
                name="material_one_stocked_of_a_kind",
                violation_error_message=_("This workshop already stocks a material of this kind."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def currency(self) -> str:
        return self.facility.currency


class PriceQuerySet(models.QuerySet["MaterialPrice"]):
    def on_day(self, day: datetime.date) -> PriceQuerySet:
        """The newest price of each material that holds on `day`."""
        return (
            self.filter(since_on__lte=day)
            .order_by("material_id", "-since_on", "-recorded_at", "-id")
            .distinct("material_id")
        )


class MaterialPrice(models.Model):
    """What a pack of a material costs from a day on. Never changed: a new row takes over, a quote names its row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="prices", verbose_name=_("material"))
    price_minor = models.BigIntegerField(_("price of a pack"))
    pack_quantity = models.DecimalField(_("quantity in a pack"), max_digits=12, decimal_places=4)
    since_on = models.DateField(_("since"))
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", null=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price of a material")
        verbose_name_plural = _("prices of materials")
        constraints: ClassVar = [
            models.CheckConstraint(name="price_not_negative", condition=Q(price_minor__gte=0)),
            models.CheckConstraint(name="price_of_a_real_pack", condition=Q(pack_quantity__gt=0)),
        ]
        indexes: ClassVar = [models.Index(F("material"), F("since_on").desc(), name="price_newest")]

    def __str__(self) -> str:
        return f"{self.material}: {Money(self.price_minor, self.currency)}"

    @property
    def currency(self) -> str:
        return self.material.currency
