"""A call to fund a workshop, and what its goal pays for."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from payments.money import Money


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> CampaignQuerySet:
        """Launched ones, whatever became of them."""
        return self.filter(fund__isnull=False)

    def of_organisations(self, ids: list[UUID]) -> CampaignQuerySet:
        return self.filter(facility__organisation__in=ids)


class Campaign(models.Model):
    """A call to fund a facility. A draft has plans; a launched one has a fund, which then says how it stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility", on_delete=models.PROTECT, related_name="+", verbose_name=_("workshop")
    )
    fund = models.OneToOneField(
        "funding.Fund",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("collection"),
    )
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    summary = models.CharField(_("in one sentence"), max_length=240)
    story = models.TextField(_("story, in Markdown"))
    story_html = models.TextField(editable=False)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    minimum_minor = models.BigIntegerField(_("minimum that decides"))
    goal_minor = models.BigIntegerField(_("goal"))
    deadline_at = models.DateTimeField(_("deadline"))
    window_minutes = models.PositiveIntegerField(_("time to mend a card, in minutes"), default=7 * 24 * 60)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign", args=[self.slug])


class BudgetLine(models.Model):
    """What a part of the goal pays for."""

    class Kind(models.TextChoices):
        MACHINE = "machine", _("machine")
        BUILDING = "building", _("building")
        MATERIAL = "material", _("material")
        LABOUR = "labour", _("labour")
        RESERVE = "reserve", _("reserve")
        FEES = "fees", _("card fees and losses")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="budget", verbose_name=_("campaign"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("what for"), max_length=120)
    amount_minor = models.BigIntegerField(_("amount"))
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget")
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="budget_amount_positive", condition=models.Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.label}, {self.amount}"

    @property
    def currency(self) -> str:
        return self.campaign.currency

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
