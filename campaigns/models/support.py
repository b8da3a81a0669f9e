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
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="pledges", verbose_name=_("reward")
    )
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    commitment = models.OneToOneField(
        "funding.Commitment", on_delete=models.PROTECT, related_name="+", verbose_name=_("promise")
    )
    holds_slot = models.BooleanField(default=False)
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
            models.Index(fields=["tier"], name="pledge_slot", condition=models.Q(holds_slot=True)),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.campaign}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:pledge", args=[self.pk])
