"""Workshops: where things are made, with which machines and materials, at which rates."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from facilities.processes import CHOICES
from payments.money import Money

NOT_NEGATIVE = [MinValueValidator(0)]


class FacilityQuerySet(models.QuerySet["Facility"]):
    def of_organisations(self, ids: list[UUID]) -> FacilityQuerySet:
        return self.filter(organisation__in=ids)


class Facility(models.Model):
    """A digital fabrication workshop of an organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    summary = models.CharField(_("in one sentence"), max_length=240, blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    locality = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country (ISO 3166 code)"), max_length=2)
    opening_hours = models.TextField(_("opening hours"), blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    wage_minor = models.BigIntegerField(_("wage per hour, in cents"), validators=NOT_NEGATIVE)
    overhead_yearly_minor = models.BigIntegerField(
        _("rent, insurance, bookkeeping per year, in cents"), validators=NOT_NEGATIVE
    )
    planned_hours = models.PositiveIntegerField(_("attended hours planned per year"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(name="facility_wage_not_negative", condition=models.Q(wage_minor__gte=0)),
            models.CheckConstraint(name="facility_planned_hours", condition=models.Q(planned_hours__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("facilities:facility", args=[self.slug])

    @property
    def wage(self) -> Money:
        return Money(self.wage_minor, self.currency)


class Machine(models.Model):
    """A machine for one process. Its hourly rate is the sum of named components; what pledges bought is not
    depreciated again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="machines")
    name = models.CharField(_("name"), max_length=120)
    process = models.CharField(_("process"), max_length=40, choices=CHOICES)
    is_planned = models.BooleanField(_("planned, not bought yet"), default=False)
    energy_minor = models.BigIntegerField(_("energy per hour, in cents"), validators=NOT_NEGATIVE)
    maintenance_minor = models.BigIntegerField(_("maintenance per hour, in cents"), validators=NOT_NEGATIVE)
    consumables_minor = models.BigIntegerField(_("consumables per hour, in cents"), validators=NOT_NEGATIVE)
    space_minor = models.BigIntegerField(_("space per hour, in cents"), validators=NOT_NEGATIVE)
    reserve_minor = models.BigIntegerField(_("published reserve per hour, in cents"), validators=NOT_NEGATIVE)

    class Meta:
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def rate_minor(self) -> int:
        """What an hour of it costs, in minor units."""
        return (
            self.energy_minor + self.maintenance_minor + self.consumables_minor + self.space_minor + self.reserve_minor
        )


class MaterialKind(models.Model):
    """A material that designs ask for by a common name, whoever sells it."""

    class Unit(models.TextChoices):
        PIECE = "piece", _("piece")
        SHEET = "sheet", _("sheet")
        KILOGRAM = "kg", _("kg")
        METRE = "m", _("m")
        SQUARE_METRE = "m2", _("m²")
        LITRE = "l", _("l")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("common name"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=120)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)

    class Meta:
        verbose_name = _("kind of material")
        verbose_name_plural = _("kinds of material")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Material(models.Model):
    """What a workshop stocks of a kind, in which packs, at which price."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="materials")
    kind = models.ForeignKey(MaterialKind, on_delete=models.PROTECT, related_name="+", verbose_name=_("material"))
    pack = models.DecimalField(_("units in a pack"), max_digits=12, decimal_places=3)
    price_minor = models.BigIntegerField(_("price of a pack, in cents"), validators=NOT_NEGATIVE)
    supplier = models.CharField(_("supplier"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering: ClassVar = ["kind__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["facility", "kind"], name="material_kind_once"),
            models.CheckConstraint(name="material_pack_positive", condition=models.Q(pack__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.facility})"
