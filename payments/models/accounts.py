"""Who receives money at Stripe, and whose cards are saved there."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7


class StripeRow(models.Model):
    """Mirrors an object of one Stripe account, in test or live mode; ids are only unique within both."""

    stripe_account = models.CharField(_("Stripe account"), max_length=64, editable=False)
    livemode = models.BooleanField(_("real money"), editable=False)

    class Meta:
        abstract = True


class Receiver(StripeRow):
    """An organisation's own Stripe account: what is charged for it arrives there and nowhere else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    currencies = ArrayField(models.CharField(max_length=3), verbose_name=_("currencies it settles in"))
    statement_name = models.CharField(_("name on card statements"), max_length=22)
    created_at = models.DateTimeField(_("connected"), editable=False)

    class Meta:
        verbose_name = _("receiving account")
        verbose_name_plural = _("receiving accounts")
        constraints: ClassVar = [
            # Money of two organisations never lies in one account: nobody could tell it apart.
            models.UniqueConstraint(
                fields=["stripe_account", "livemode"],
                name="receiver_account_once",
                violation_error_message=_("Another organisation already receives money with this Stripe account."),
            ),
            models.UniqueConstraint(fields=["organisation", "livemode"], name="receiver_organisation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.stripe_account})"


class Customer(StripeRow):
    """A member as a Stripe account knows them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    customer_id = models.CharField(max_length=64, null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    # When Stripe forgot an erased member.
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "stripe_account", "livemode"], name="customer_member_once"),
            models.UniqueConstraint(fields=["customer_id", "stripe_account", "livemode"], name="customer_id_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.stripe_account}"


class Card(StripeRow):
    """A card saved at Stripe for later charges; never its number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cards")
    payment_method_id = models.CharField(max_length=64, editable=False)
    brand = models.CharField(max_length=24)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    saved_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment_method_id", "stripe_account", "livemode"], name="card_once"),
        ]

    def __str__(self) -> str:
        return f"{self.brand.title()} •••• {self.last4}"


class CardSetup(StripeRow):
    """One visit to the hosted page that saves a card, with the mandate that the member gave for it."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("being prepared")
        OPEN = "open", _("waiting for the card")
        COMPLETE = "complete", _("card saved")
        EXPIRED = "expired", _("expired")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "prepared": ("open", "complete", "expired"),
        "open": ("complete", "expired"),
        "complete": (),
        "expired": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    # What the card is for, by the id of a row in a higher app.
    purpose_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PREPARED)
    session_id = models.CharField(max_length=128, null=True, editable=False)
    url = models.TextField(blank=True, editable=False)
    success_url = models.TextField()
    cancel_url = models.TextField()
    expires_at = models.DateTimeField()
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    mandate_version = models.CharField(max_length=24)
    mandate_text = models.TextField()
    accepted_at = models.DateTimeField()
    accepted_from = models.GenericIPAddressField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session_id", "stripe_account", "livemode"], name="card_setup_session_once"
            ),
            models.CheckConstraint(
                name="card_setup_complete_has_card",
                condition=~models.Q(state="complete") | models.Q(card__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["purpose_id"], name="card_setup_purpose"),
            models.Index(
                fields=["expires_at"],
                name="card_setup_due",
                condition=models.Q(state__in=["prepared", "open"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.accepted_at:%Y-%m-%d}"
