"""Campaigns that fund a workshop, their rewards, and who supports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from funding.models import Commitment
from payments.money import Money

if TYPE_CHECKING:
    from members.models import Member


# What counts as support: promised, on its way, or arrived.
STANDING = (Commitment.State.SECURED, *Commitment.UNDECIDED, Commitment.State.PAID)


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
    fund = models.OneToOneField("funding.Fund", on_delete=models.PROTECT, null=True, editable=False, related_name="+")
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
    created_at = models.DateTimeField(db_default=Now(), editable=False)

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
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="budget")
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


class Tier(models.Model):
    """One reward. `taken` is counted by conditional updates only, so that nobody gets one too many."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tiers")
    title = models.CharField(_("title"), max_length=80)
    text = models.CharField(_("what the supporter gets"), max_length=300)
    amount_minor = models.BigIntegerField(_("from"))
    cap = models.PositiveIntegerField(_("how many there are (empty: no limit)"), null=True, blank=True)
    taken = models.PositiveIntegerField(default=0, editable=False)
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


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def of_member(self, member: Member) -> PledgeQuerySet:
        return self.filter(member=member)

    def shown_by_name(self) -> PledgeQuerySet:
        """Those whose supporters may be named in public: they stand, and their supporters did not ask to be left out."""
        return self.filter(is_anonymous=False, commitment__state__in=STANDING)


class Pledge(models.Model):
    """One member's support of a campaign; its commitment says how it stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="pledges")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="pledges")
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    commitment = models.OneToOneField("funding.Commitment", on_delete=models.PROTECT, related_name="+")
    holds_slot = models.BooleanField(default=False)
    is_anonymous = models.BooleanField(_("not shown by name"), default=False)
    # From the form: a double click, or the same form in two tabs, makes one pledge.
    form_key = models.UUIDField()
    created_at = models.DateTimeField()

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("support")
        verbose_name_plural = _("support")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "form_key"], name="pledge_form_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "-id"], name="pledge_campaign"),
            models.Index(fields=["tier"], name="pledge_slot", condition=models.Q(holds_slot=True)),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.campaign}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:pledge", args=[self.pk])


class Update(models.Model):
    """News of a campaign."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="updates")
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text, in Markdown"))
    text_html = models.TextField(editable=False)
    author = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")
        ordering: ClassVar = ["-published_at"]

    def __str__(self) -> str:
        return self.title
