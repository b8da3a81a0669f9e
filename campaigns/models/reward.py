"""What a supporter gets."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign
from payments.money import Money


class Tier(models.Model):
    """One reward. `taken` is counted by conditional updates only, so that nobody gets one too many."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tiers")
    title = models.CharField(_("title"), max_length=80)
    text = models.CharField(_("what the supporter gets"), max_length=300)
    amount_minor = models.BigIntegerField(_("from"))
    cap = models.PositiveIntegerField(_("how many there are (empty: no limit)"), null=True, blank=True)
    taken = models.PositiveIntegerField(_("taken"), default=0, editable=False)
    revision = models.ForeignKey(
        "products.Revision",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made to this design"),
    )
    units = models.PositiveIntegerField(_("how many pieces of it"), default=0)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering: ClassVar = ["position", "amount_minor"]
        constraints: ClassVar = [
            models.CheckConstraint(name="tier_amount_positive", condition=models.Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="tier_taken_within_cap", condition=models.Q(cap=None) | models.Q(taken__lte=models.F("cap"))
            ),
            models.CheckConstraint(
                name="tier_units_of_a_revision",
                condition=models.Q(revision=None, units=0) | models.Q(revision__isnull=False, units__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def currency(self) -> str:
        return self.campaign.currency

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def left(self) -> int | None:
        """How many are left; None without a limit."""
        return None if self.cap is None else self.cap - self.taken
