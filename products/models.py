"""Open products: designs, their immutable versions, and what it takes to make one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from facilities.models import process_choices

SEMANTIC_NUMBER = r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\Z"


class DesignQuerySet(models.QuerySet["Design"]):
    def published(self) -> DesignQuerySet:
        """Those with a released version, retired ones too."""
        return self.exclude(state=Design.State.DRAFT)

    def catalogue(self) -> DesignQuerySet:
        """Those that can be made, newest release first, with the number of their newest version as `newest_number`."""
        newest = Revision.objects.filter(design=OuterRef("pk"), released_at__isnull=False).order_by(
            "-released_at", "-id"
        )
        return (
            self.filter(state=Design.State.RELEASED)
            .annotate(
                newest_number=Subquery(newest.values("number")[:1]),
                newest_licence=Subquery(newest.values("licence")[:1]),
                newest_released_at=Subquery(newest.values("released_at")[:1]),
            )
            .order_by("-newest_released_at")
        )

    def of_organisations(self, ids: Iterable[UUID]) -> DesignQuerySet:
        return self.filter(maintainer_organisation__in=ids)


class Design(models.Model):
    """An open product. Maintained by one member or one organisation."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        RELEASED = "released", _("released")
        RETIRED = "retired", _("retired")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("released",),
        "released": ("retired",),
        "retired": ("released",),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    summary = models.CharField(_("in one sentence"), max_length=240)
    story = models.TextField(_("story (Markdown)"), blank=True)
    story_html = models.TextField(editable=False, blank=True)
    maintainer_organisation = models.ForeignKey(
        "members.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("maintained by the organisation"),
    )
    maintainer_member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("maintained by the member"),
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)

    objects = DesignQuerySet.as_manager()

    class Meta:
        verbose_name = _("design")
        verbose_name_plural = _("designs")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="design_one_maintainer",
                condition=Q(maintainer_organisation__isnull=False, maintainer_member=None)
                | Q(maintainer_organisation=None, maintainer_member__isnull=False),
                violation_error_message=_("A design is maintained by one organisation or by one member."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("design", args=[self.slug])

    @property
    def maintainer_name(self) -> str:
        if self.maintainer_organisation is not None:
            return self.maintainer_organisation.name
        return self.maintainer_member.public_name if self.maintainer_member else ""


class RevisionQuerySet(models.QuerySet["Revision"]):
    def released(self) -> RevisionQuerySet:
        return self.filter(released_at__isnull=False)


class Revision(models.Model):
    """A numbered version of a design. Once released, neither it nor anything that belongs to it ever changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    design = models.ForeignKey(Design, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("design"))
    number = models.CharField(
        _("version"),
        max_length=20,
        validators=[RegexValidator(SEMANTIC_NUMBER, _("Three numbers with dots, such as 1.0.0."), "number_malformed")],
    )
    licence = models.CharField(_("licence (SPDX id)"), max_length=40, blank=True)
    changelog = models.TextField(_("what changed"), blank=True)
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True, editable=False)
    released_by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering: ClassVar = [F("released_at").desc(nulls_first=True), "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["design", "number"],
                name="revision_number_once",
                violation_error_message=_("This design already has a version of this number."),
            ),
            models.CheckConstraint(
                name="revision_released_has_licence", condition=Q(released_at=None) | ~Q(licence="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.design} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("products:revision", args=[self.design.slug, self.number])

    @property
    def is_released(self) -> bool:
        return self.released_at is not None

    @property
    def number_parts(self) -> tuple[int, ...]:
        """For comparing: 1.10.0 is newer than 1.9.0."""
        return tuple(int(part) for part in self.number.split("."))


class BomLine(models.Model):
    """So much of a kind of material in every piece, in the kind's unit."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="bom_lines")
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.ForeignKey(
        "facilities.MaterialKind", on_delete=models.PROTECT, related_name="+", verbose_name=_("material")
    )
    purpose = models.CharField(_("what for"), max_length=120, blank=True)
    quantity = models.DecimalField(_("quantity in one piece"), max_digits=12, decimal_places=4)
    attrition = models.DecimalField(
        _("loss, as a fraction"), max_digits=5, decimal_places=4, default=Decimal(0), help_text=_("0.05 for 5 %.")
    )
    setup_quantity = models.DecimalField(
        _("spent on setting up, per batch"), max_digits=12, decimal_places=4, default=Decimal(0)
    )

    class Meta:
        verbose_name = _("material of a version")
        verbose_name_plural = _("materials of a version")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "position"], name="bom_position_once"),
            # Two lines of one material would each be rounded up to whole packs, and one too many be paid for.
            models.UniqueConstraint(fields=["revision", "kind"], name="bom_kind_once"),
            models.CheckConstraint(
                name="bom_quantities_real", condition=Q(quantity__gt=0, attrition__gte=0, setup_quantity__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind_id}"


class Operation(models.Model):
    """A step of the routing. Set-up is machine and person once per batch; cycle is the machine's, attendance the
    person's time in each cycle."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="operations")
    position = models.PositiveSmallIntegerField(_("position"))
    process = models.CharField(_("process"), max_length=40, choices=process_choices)
    title = models.CharField(_("what is done"), max_length=120)
    setup_minutes = models.DecimalField(_("set-up, minutes"), max_digits=8, decimal_places=2, default=Decimal(0))
    cycle_minutes = models.DecimalField(
        _("machine, minutes per cycle"), max_digits=8, decimal_places=2, default=Decimal(0)
    )
    attendance_minutes = models.DecimalField(
        _("person, minutes per cycle"), max_digits=8, decimal_places=2, default=Decimal(0)
    )
    pieces_per_cycle = models.PositiveIntegerField(_("pieces per cycle"), default=1)
    yield_fraction = models.DecimalField(
        _("part that comes out good"), max_digits=5, decimal_places=4, default=Decimal(1)
    )

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "position"], name="operation_position_once"),
            models.CheckConstraint(
                name="operation_times_real",
                condition=Q(setup_minutes__gte=0, cycle_minutes__gte=0, attendance_minutes__gte=0),
            ),
            models.CheckConstraint(name="operation_makes_pieces", condition=Q(pieces_per_cycle__gte=1)),
            models.CheckConstraint(name="operation_yields", condition=Q(yield_fraction__gt=0, yield_fraction__lte=1)),
        ]

    def __str__(self) -> str:
        return self.title


class RevisionFile(models.Model):
    """A file of a version. Its content is stored once under its SHA-256, whatever number of versions hold it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("name"), max_length=120)
    size_bytes = models.BigIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    class Meta:
        verbose_name = _("file of a version")
        verbose_name_plural = _("files of a version")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "name"], name="file_name_once"),
            models.CheckConstraint(name="file_not_empty", condition=Q(size_bytes__gt=0)),
            models.CheckConstraint(name="file_sha256_is_one", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def storage_path(self) -> str:
        return f"revisions/{self.sha256[:2]}/{self.sha256}"


class BuildStep(models.Model):
    """A step of the instructions for those who build it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text (Markdown)"), blank=True)
    text_html = models.TextField(editable=False, blank=True)

    class Meta:
        verbose_name = _("build step")
        verbose_name_plural = _("build steps")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "position"], name="step_position_once"),
        ]

    def __str__(self) -> str:
        return self.title
