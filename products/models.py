"""Open designs: immutable, numbered revisions with their bill of materials, routing, files and build steps."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from facilities.processes import CHOICES


class Design(models.Model):
    """An open product."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    summary = models.CharField(_("in one sentence"), max_length=240)
    story = models.TextField(_("story, in Markdown"), blank=True)
    story_html = models.TextField(editable=False, blank=True)
    maintainer = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("maintained by")
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("design")
        verbose_name_plural = _("designs")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("products:design", args=[self.slug])


class Revision(models.Model):
    """One version of a design. Once released, PostgreSQL refuses every change of it and of what belongs to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("design"))
    number = models.CharField(_("version"), max_length=20)
    licence = models.CharField(_("licence (SPDX id)"), max_length=40, blank=True)
    changes = models.TextField(_("what changed"), blank=True)
    released_at = models.DateTimeField(_("released"), null=True, editable=False)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering: ClassVar = ["design", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["design", "number"], name="revision_number_once"),
            models.CheckConstraint(
                name="revision_number_semantic", condition=models.Q(number__regex=r"^\d+\.\d+\.\d+$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.design} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("products:design", args=[self.design.slug])


class BomLine(models.Model):
    """A material and how much of it one piece takes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="bom")
    kind = models.ForeignKey(
        "facilities.MaterialKind", on_delete=models.PROTECT, related_name="+", verbose_name=_("material")
    )
    quantity = models.DecimalField(_("quantity for one piece"), max_digits=12, decimal_places=4)
    attrition = models.DecimalField(
        _("lost in the making, as a fraction"),
        max_digits=5,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    setup_quantity = models.DecimalField(
        _("lost in setting up a batch"), max_digits=12, decimal_places=4, default=Decimal(0)
    )

    class Meta:
        verbose_name = _("material of a version")
        verbose_name_plural = _("bill of materials")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "kind"], name="bom_kind_once"),
            models.CheckConstraint(name="bom_quantity_positive", condition=models.Q(quantity__gt=0)),
            models.CheckConstraint(
                name="bom_losses_not_negative", condition=models.Q(attrition__gte=0, setup_quantity__gte=0)
            ),
        ]


class Operation(models.Model):
    """One step of the routing. Times in minutes; cycle and attendance are for one cycle of the machine."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="operations")
    position = models.PositiveSmallIntegerField(_("order"))
    title = models.CharField(_("what is done"), max_length=120)
    process = models.CharField(_("process"), max_length=40, choices=CHOICES)
    setup_minutes = models.DecimalField(_("set-up for a batch, in minutes"), max_digits=8, decimal_places=2)
    cycle_minutes = models.DecimalField(_("machine for a cycle, in minutes"), max_digits=8, decimal_places=2)
    attendance_minutes = models.DecimalField(_("person for a cycle, in minutes"), max_digits=8, decimal_places=2)
    pieces_per_cycle = models.PositiveIntegerField(_("pieces in a cycle"), default=1)
    yield_fraction = models.DecimalField(
        _("good pieces, as a fraction"), max_digits=5, decimal_places=4, default=Decimal(1)
    )

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("routing")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "position"], name="operation_position_once"),
            models.CheckConstraint(
                name="operation_sane",
                condition=models.Q(
                    setup_minutes__gte=0,
                    cycle_minutes__gte=0,
                    attendance_minutes__gte=0,
                    pieces_per_cycle__gte=1,
                    yield_fraction__gt=0,
                    yield_fraction__lte=1,
                ),
            ),
        ]


class RevisionFile(models.Model):
    """A file that people or machines make it from, known by its content."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("file name"), max_length=160)
    content = models.FileField(_("file"), upload_to="designs/")
    sha256 = models.CharField(max_length=64, editable=False)
    size_bytes = models.PositiveBigIntegerField(editable=False)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["revision", "name"], name="file_name_once")]


class BuildStep(models.Model):
    """What a person does, in order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField(_("order"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what to do"))

    class Meta:
        verbose_name = _("build step")
        verbose_name_plural = _("build steps")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["revision", "position"], name="step_position_once")]
