"""What else than cards a campaign takes: promises in writing, and help that is no money."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign
from funding.models.written import LONGEST_DAYS
from payments.money import Money


class OtherMoney(models.Model):
    """Which promises without a card a campaign takes; none while it has no such row. Frozen at the launch."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.OneToOneField(
        Campaign, on_delete=models.PROTECT, related_name="other_money", verbose_name=_("campaign")
    )
    takes_transfers = models.BooleanField(_("takes bank transfers"), default=False)
    takes_cash = models.BooleanField(_("takes cash"), default=False)
    takes_cheques = models.BooleanField(_("takes cheques"), default=False)
    takes_invoices = models.BooleanField(_("sends invoices, to municipalities and firms"), default=False)
    invoice_minimum_minor = models.BigIntegerField(_("smallest invoice"), default=0)
    longest_days = models.PositiveSmallIntegerField(_("longest time to pay, in days"), default=30)
    takes_in_kind = models.BooleanField(_("takes offers in kind"), default=False)

    class Meta:
        verbose_name = _("money without a card")
        verbose_name_plural = _("money without a card")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="other_money_bounded",
                condition=models.Q(invoice_minimum_minor__gte=0, longest_days__gte=1, longest_days__lte=LONGEST_DAYS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}"

    @property
    def currency(self) -> str:
        return self.campaign.currency


class InKind(models.Model):
    """Equipment, land or work that a member offers. Listed beside the money, and never counted as money."""

    class Kind(models.TextChoices):
        EQUIPMENT = "equipment", _("equipment")
        LAND = "land", _("land or rooms")
        LABOUR = "labour", _("work")

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "offered": ("accepted", "declined", "withdrawn"),
        "accepted": ("withdrawn",),
        "declined": (),
        "withdrawn": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="in_kind", verbose_name=_("campaign"))
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("offered by")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("what it is"), max_length=120)
    text = models.TextField(_("in a few words: condition, size, hours, when"), max_length=1000, blank=True)
    is_anonymous = models.BooleanField(_("not shown by name"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OFFERED)
    # What the producer values it at; a figure beside the money, never part of it.
    valued_minor = models.BigIntegerField(_("valued at"), null=True, blank=True)
    words = models.CharField(_("what the producer says to it"), max_length=240, blank=True)
    offered_at = models.DateTimeField(_("offered"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("offer in kind")
        verbose_name_plural = _("offers in kind")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="in_kind_accepted_is_valued",
                condition=~models.Q(state="accepted") | models.Q(valued_minor__isnull=False, valued_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaigns:in-kind", args=[self.campaign.slug])

    @property
    def currency(self) -> str:
        return self.campaign.currency

    @property
    def value(self) -> Money | None:
        return None if self.valued_minor is None else Money(self.valued_minor, self.currency)
