"""Who supports a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign
from campaigns.models.reward import Tier
from funding.models import Commitment
from payments.money import Money

if TYPE_CHECKING:
    from members.models import Member


# What counts as support: promised, on its way, or arrived.
STANDING = (Commitment.State.SECURED, *Commitment.UNDECIDED, Commitment.State.PAID)


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def of_member(self, member: Member) -> PledgeQuerySet:
        return self.filter(member=member)

    def alive(self) -> PledgeQuerySet:
        """Those that are begun or stand, the first of them first, with what is promised in each."""
        return self.filter(commitment__state__in=Commitment.LIVE).select_related("commitment").order_by("pk")

    def with_lines(self) -> PledgeQuerySet:
        """With what each gets, in the order of the campaign's rewards; one query for all."""
        lines = PledgeLine.objects.select_related("tier__campaign").order_by(
            "tier__position", "tier__amount_minor", "tier"
        )
        return self.prefetch_related(models.Prefetch("lines", queryset=lines))

    def standing(self) -> PledgeQuerySet:
        """Those that count as support: promised, on their way, or arrived."""
        return self.filter(commitment__state__in=STANDING)

    def shown_by_name(self) -> PledgeQuerySet:
        """Those whose supporters may be named in public: they stand, and their supporters did not ask to be left out."""
        return self.filter(is_anonymous=False, commitment__state__in=STANDING)


class Pledge(models.Model):
    """One member's support of a campaign; its commitment says how it stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="pledges", verbose_name=_("campaign"))
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    commitment = models.OneToOneField(
        "funding.Commitment", on_delete=models.PROTECT, related_name="+", verbose_name=_("promise")
    )
    # Where what is sent by post goes; empty when nothing is.
    country = models.CharField(_("country"), max_length=2, blank=True)
    is_anonymous = models.BooleanField(_("not shown by name"), default=False)
    # From the form: a double click, or the same form in two tabs, makes one pledge.
    form_key = models.UUIDField()
    created_at = models.DateTimeField(_("promised"))

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("support")
        verbose_name_plural = _("support")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "form_key"], name="pledge_form_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "-id"], name="pledge_campaign"),
            # Whether somebody supports it, and who does, in the order of their keys.
            models.Index(fields=["campaign", "member"], name="pledge_supporter"),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.campaign}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:pledge", args=[self.pk])

    @property
    def rewards_minor(self) -> int:
        """What its rewards cost with their delivery; the rest of the promise is on top of them."""
        return sum(line.amount_minor for line in self.lines.all())

    @property
    def extra(self) -> Money:
        """What is given on top of the rewards, all of it where there is none."""
        return Money(self.commitment.maximum_minor - self.rewards_minor, self.commitment.currency)


class PledgeLine(models.Model):
    """So many of one reward in one pledge, at the price that was agreed to.

    `holds` says that its pieces are counted in the reward's `taken`; they are given back once, however often it is asked.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="lines", verbose_name=_("support"))
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="lines", verbose_name=_("reward"))
    quantity = models.PositiveIntegerField(_("how many"))
    unit_minor = models.BigIntegerField(_("each"))
    # Of all its pieces together.
    shipping_minor = models.BigIntegerField(_("delivery"), default=0)
    holds = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("reward chosen")
        verbose_name_plural = _("rewards chosen")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pledge", "tier"], name="pledge_line_once"),
            models.CheckConstraint(
                name="pledge_line_real",
                condition=models.Q(quantity__gt=0, unit_minor__gt=0, shipping_minor__gte=0),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="pledge_line_held", condition=models.Q(holds=True)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.tier}"

    @property
    def currency(self) -> str:
        return self.tier.campaign.currency

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.unit_minor + self.shipping_minor

    @property
    def goods(self) -> Money:
        """What its pieces cost without their delivery."""
        return Money(self.quantity * self.unit_minor, self.currency)

    @property
    def shipping(self) -> Money:
        return Money(self.shipping_minor, self.currency)
