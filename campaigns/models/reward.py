"""What a supporter gets."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.countries import EU
from campaigns.countries import name as country_name
from campaigns.models.campaign import Campaign
from payments.money import Money

# Of a contract at a distance, in the European Union (directive 2011/83, article 9).
WITHDRAWAL_DAYS = 14


class Tier(models.Model):
    """One reward. `taken` is counted by conditional updates only, so that nobody gets one too many."""

    class Gives(models.TextChoices):
        """What it is, in law as well as in kind."""

        THANKS = "thanks", _("thanks")
        MEMBERSHIP = "membership", _("an invitation to apply for membership")
        MACHINE_HOURS = "machine_hours", _("hours at a machine")
        PRODUCT = "product", _("pieces of an open design")
        # In many countries a regulated offer: off unless the installation names its counsel's reference.
        SHARES = "shares", _("shares in the workshop")

    class Handing(models.TextChoices):
        NOTHING = "nothing", _("nothing to hand over")
        COLLECT = "collect", _("collected at the workshop")
        SHIPPED = "shipped", _("sent by post")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tiers", verbose_name=_("campaign"))
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
    gives = models.CharField(_("what it gives"), max_length=16, choices=Gives.choices, default=Gives.THANKS)
    hours = models.PositiveIntegerField(_("how many hours at a machine"), default=0)
    handing = models.CharField(_("handed over"), max_length=8, choices=Handing.choices, default=Handing.NOTHING)
    # The first day of a month. An estimate, never a promise.
    estimated_on = models.DateField(_("delivery, estimated (any day of the month)"), null=True, blank=True)
    available_until_at = models.DateTimeField(_("only until (empty: until the deadline)"), null=True, blank=True)
    withdrawal_days = models.PositiveSmallIntegerField(
        _("right of withdrawal, in days after it was received (0: none)"), default=WITHDRAWAL_DAYS
    )
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
            models.CheckConstraint(
                name="tier_gives_what_it_says",
                condition=(
                    models.Q(gives="product", revision__isnull=False)
                    | ~models.Q(gives="product") & models.Q(revision=None)
                )
                & (models.Q(gives="machine_hours", hours__gt=0) | ~models.Q(gives="machine_hours") & models.Q(hours=0)),
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

    @property
    def can_be_withdrawn_from(self) -> bool:
        """Whether who has it may leave the contract after it was paid; nobody withdraws from being thanked."""
        is_thanks = self.gives == self.Gives.THANKS and self.handing == self.Handing.NOTHING
        return self.withdrawal_days > 0 and not is_thanks

    def is_offered(self, now: datetime.datetime) -> bool:
        """Whether its time has not passed; whether any is left is another question."""
        return self.available_until_at is None or now < self.available_until_at


class ShippingRate(models.Model):
    """What it costs to send a reward to some countries: the first piece, and each more in the same parcel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="rates", verbose_name=_("reward"))
    # Two ISO letters each.
    countries = ArrayField(
        models.CharField(max_length=2),
        default=list,
        blank=True,
        verbose_name=_("countries, such as DE, AT, CH or EU (empty: everywhere else)"),
    )
    first_minor = models.BigIntegerField(_("the first"))
    more_minor = models.BigIntegerField(_("each more"), default=0)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("delivery")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rate_of_delivery_real", condition=models.Q(first_minor__gte=0, more_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        if not self.countries:
            return _text("everywhere else")
        left_out = set(EU) - set(self.countries)
        named_apart = {code for rate in self.tier.rates.all() if rate.pk != self.pk for code in rate.countries}
        # Twenty-seven names are read by nobody.
        if not left_out <= named_apart or len(left_out) > len(EU) // 2:
            return ", ".join(country_name(code) for code in self.countries)
        union = _text("the rest of the European Union") if left_out else _text("the European Union")
        return ", ".join([union, *(country_name(code) for code in self.countries if code not in EU)])

    @property
    def currency(self) -> str:
        return self.tier.currency

    @property
    def first(self) -> Money:
        return Money(self.first_minor, self.currency)

    @property
    def more(self) -> Money:
        return Money(self.more_minor, self.currency)
