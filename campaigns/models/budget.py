"""What a campaign's goal pays for, what was spent of it, and what lies beyond the goal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign
from payments.money import Money


class BudgetLine(models.Model):
    """What a part of the goal pays for."""

    class Kind(models.TextChoices):
        MACHINE = "machine", _("machine")
        BUILDING = "building", _("building")
        MATERIAL = "material", _("material")
        LABOUR = "labour", _("labour")
        ORGANISING = "organising", _("organising")
        REWARDS = "rewards", _("rewards")
        FEES = "fees", _("card fees")
        LOSSES = "losses", _("cards that fail")
        TAX = "tax", _("tax")
        RESERVE = "reserve", _("reserve")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="budget", verbose_name=_("campaign"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("what for"), max_length=120)
    machine = models.ForeignKey(
        "facilities.Machine",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("planned machine that it buys"),
    )
    amount_minor = models.BigIntegerField(_("amount"))
    # What the minimum must pay for; the rest is bought when more arrives.
    is_required = models.BooleanField(_("needed to begin"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget")
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="budget_amount_positive", condition=models.Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="budget_machine_of_its_kind",
                condition=models.Q(machine=None) | models.Q(kind="machine"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}, {self.amount}"

    @property
    def currency(self) -> str:
        return self.campaign.currency

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Spending(models.Model):
    """What was paid out of a line once the money had arrived; negative where an earlier row is put right. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    budget_line = models.ForeignKey(
        BudgetLine, on_delete=models.PROTECT, related_name="spendings", verbose_name=_("budget line")
    )
    amount_minor = models.BigIntegerField(_("amount"))
    evidence = models.CharField(_("evidence: invoice, receipt"), max_length=120)
    spent_on = models.DateField(_("paid on"))
    recorded_at = models.DateTimeField(_("written down"))
    by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("written down by")
    )

    class Meta:
        verbose_name = _("spending")
        verbose_name_plural = _("spending")
        ordering: ClassVar = ["spent_on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="spending_not_zero", condition=~models.Q(amount_minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.evidence}, {self.amount}"

    @property
    def currency(self) -> str:
        return self.budget_line.currency

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class StretchGoal(models.Model):
    """What becomes possible beyond the goal."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="stretch_goals", verbose_name=_("campaign")
    )
    amount_minor = models.BigIntegerField(_("from"))
    title = models.CharField(_("title"), max_length=80)
    unlocks = models.CharField(_("what it makes possible"), max_length=300)

    class Meta:
        verbose_name = _("stretch goal")
        verbose_name_plural = _("stretch goals")
        ordering: ClassVar = ["amount_minor"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "amount_minor"], name="stretch_amount_once"),
            models.CheckConstraint(name="stretch_amount_positive", condition=models.Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def currency(self) -> str:
        return self.campaign.currency

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class FeeAgreement(models.Model):
    """Who agreed that the organisation bears the fees that Stripe keeps when everything goes back, in which words."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.OneToOneField(
        Campaign, on_delete=models.PROTECT, related_name="agreement", verbose_name=_("campaign")
    )
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("bears lost fees")
    )
    # What was read: with another goal the words are others.
    goal_minor = models.BigIntegerField(_("goal"))
    text = models.TextField(_("agreed to"))
    agreed_at = models.DateTimeField(_("agreed"))
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("agreed by")
    )

    class Meta:
        verbose_name = _("agreement about lost fees")
        verbose_name_plural = _("agreements about lost fees")

    def __str__(self) -> str:
        return f"{self.organisation}, {self.campaign}"
