"""Payments with their attempts, refunds, disputes, and Stripe's own bookings."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from payments.models.accounts import Card, Customer, StripeRow
from payments.models.ledger import Account
from payments.money import Money

POSITIVE_AMOUNT = models.Q(amount_minor__gt=0)


class Payment(StripeRow):
    """One PaymentIntent. A cancelled one is followed by a new row, never revived."""

    class State(models.TextChoices):
        CREATED = "created", _("not asked for yet")
        CONFIRMING = "confirming", _("asked for")
        PROCESSING = "processing", _("on its way")
        SUCCEEDED = "succeeded", _("arrived")
        CANCELED = "canceled", _("cancelled")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "created": ("confirming", "processing", "succeeded", "canceled"),
        "confirming": ("processing", "succeeded", "canceled"),
        "processing": ("confirming", "succeeded", "canceled"),
        "succeeded": (),
        # Stripe never moves a cancelled intent; a success that crossed our cancelling is still money.
        "canceled": ("succeeded",),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # What is paid for, by the id of a row in a higher app: at most one live payment each.
    purpose_id = models.UUIDField(_("number of what it is for"))
    payer = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("payer"))
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    # Whose the money is once it has arrived.
    credit_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("goes to"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("what for"), max_length=200)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.CREATED)
    intent_id = models.CharField(_("number at Stripe"), max_length=64, null=True, editable=False)
    charge_id = models.CharField(_("charge at Stripe"), max_length=64, blank=True, editable=False)
    received_minor = models.BigIntegerField(_("arrived"), default=0)
    # Reserved for refunds, whatever became of them at Stripe: the guard against paying back twice.
    refunding_minor = models.BigIntegerField(_("returned or being returned"), default=0)
    # Withdrawn by disputes that are open or lost.
    disputed_minor = models.BigIntegerField(_("withdrawn by disputes"), default=0)
    created_at = models.DateTimeField(_("created"))
    succeeded_at = models.DateTimeField(_("arrived at"), null=True)
    looked_up_at = models.DateTimeField(_("last looked up"), null=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["intent_id", "stripe_account", "livemode"], name="payment_intent_once"),
            models.UniqueConstraint(
                fields=["purpose_id"], condition=~models.Q(state="canceled"), name="payment_live_once"
            ),
            models.CheckConstraint(name="payment_amount_positive", condition=POSITIVE_AMOUNT),
            models.CheckConstraint(
                name="payment_refunds_within_received",
                condition=models.Q(refunding_minor__gte=0) & models.Q(refunding_minor__lte=models.F("received_minor")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["credit_account"], name="payment_credit_account"),
            # Stripe's own bookings name the charge.
            models.Index(fields=["charge_id"], name="payment_charge"),
            # Whose booking by Stripe is still awaited is looked for among those that arrived lately.
            models.Index(fields=["succeeded_at"], name="payment_succeeded"),
            models.Index(
                fields=["created_at"],
                name="payment_unsettled",
                condition=models.Q(state__in=["created", "confirming", "processing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer}, {self.amount}: {self.get_state_display()}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def returnable(self) -> Money:
        """What of it has neither gone back nor been taken back by a bank."""
        return Money(self.received_minor - self.refunding_minor - self.disputed_minor, self.currency)


class Attempt(models.Model):
    """One try at confirming a payment's intent with one card. Committed before Stripe is called."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("prepared")
        SENT = "sent", _("sent")
        SUCCEEDED = "succeeded", _("succeeded")
        DECLINED = "declined", _("declined")
        ACTION_REQUIRED = "action_required", _("the bank asks the cardholder")
        UNKNOWN = "unknown", _("no answer yet")
        LAPSED = "lapsed", _("never reached the bank")

    IN_FLIGHT: ClassVar = ("prepared", "sent", "unknown")
    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "prepared": ("sent", "unknown", "succeeded", "declined", "action_required", "lapsed"),
        "sent": ("succeeded", "declined", "action_required", "unknown", "lapsed"),
        "unknown": ("succeeded", "declined", "action_required", "lapsed"),
        "action_required": ("succeeded", "declined"),
        # A look-up may have been older than the bank's last word.
        "declined": ("succeeded",),
        "lapsed": ("succeeded",),
        "succeeded": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("number"))
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+", verbose_name=_("card"))
    on_session = models.BooleanField(_("payer was present"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.PREPARED)
    decline_code = models.CharField(_("why it was declined"), max_length=64, blank=True)
    advice_code = models.CharField(_("the bank’s advice"), max_length=32, blank=True)
    message = models.CharField(_("in Stripe’s words"), max_length=500, blank=True)
    # Stripe's charge for this attempt: how a look-up tells this attempt's answer from an earlier one's.
    charge_id = models.CharField(_("charge at Stripe"), max_length=64, blank=True)
    # Where the bank asks the cardholder, while it does.
    action_url = models.TextField(_("page of the bank"), blank=True)
    prepared_at = models.DateTimeField(_("prepared"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering: ClassVar = ["payment", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["payment"],
                condition=models.Q(state__in=["prepared", "sent", "unknown"]),
                name="attempt_in_flight_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_state_display()}"

    @property
    def idempotency_key(self) -> str:
        return f"confirm-{self.payment_id}-{self.number}"


class Refund(StripeRow):
    """Money going back to the card it came from. Reserved on its payment before Stripe is asked."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for a second person")
        PREPARED = "prepared", _("prepared")
        SENT = "sent", _("sent")
        PENDING = "pending", _("on its way back")
        SUCCEEDED = "succeeded", _("returned")
        FAILED = "failed", _("the bank sent it back: still owed")
        UNKNOWN = "unknown", _("no answer yet")
        BY_HAND = "by_hand", _("returned another way")
        REPLACED = "replaced", _("the bank sent it back: sent again as another refund")
        DECLINED = "declined", _("not returned: turned down, or the bank had taken it back")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "proposed": ("prepared", "declined"),
        "prepared": ("sent", "declined"),
        "sent": ("pending", "succeeded", "failed", "unknown"),
        "unknown": ("sent", "pending", "succeeded", "failed", "declined"),
        "pending": ("succeeded", "failed"),
        "succeeded": ("failed",),
        # Stripe refused it, and had it all the same; else only a person, or a lost dispute, ends the debt.
        "failed": ("pending", "succeeded", "by_hand", "replaced", "declined"),
        "by_hand": (),
        "replaced": (),
        "declined": (),
    }
    # What they reserved of their payment is free again, or another refund's.
    RESERVES_NOTHING: ClassVar = ("declined", "replaced")
    # Whatever Stripe says of it afterwards: its payer is owed nothing more.
    MADE_GOOD: ClassVar = ("by_hand", *RESERVES_NOTHING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    # Why, as one fact: the same reason and purpose is never paid back twice.
    purpose = models.CharField(_("why"), max_length=64)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PREPARED)
    refund_id = models.CharField(_("number at Stripe"), max_length=64, null=True, editable=False)
    requested_by = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    approved_by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    requested_at = models.DateTimeField(_("asked for"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    settled_at = models.DateTimeField(_("done"), null=True)
    next_try_at = models.DateTimeField(_("next try"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    failure = models.CharField(_("why it failed"), max_length=200, blank=True)
    # Its payer reads it.
    by_hand_how = models.CharField(_("how it was returned by hand"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "purpose"], name="refund_purpose_once"),
            models.UniqueConstraint(fields=["refund_id", "stripe_account", "livemode"], name="refund_id_once"),
            models.CheckConstraint(name="refund_amount_positive", condition=POSITIVE_AMOUNT),
            models.CheckConstraint(
                name="refund_two_people",
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                name="refund_due",
                condition=models.Q(state__in=["prepared", "sent", "unknown", "pending", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}, {self.get_state_display()}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def idempotency_key(self) -> str:
        return f"refund-{self.pk}-{self.tries}"


class Dispute(StripeRow):
    """A cardholder's bank takes a payment back, or asks about it."""

    class State(models.TextChoices):
        INQUIRY = "inquiry", _("the bank asks; nothing withdrawn")
        OPEN = "open", _("withdrawn; can be contested")
        WON = "won", _("won; the money is back")
        LOST = "lost", _("lost")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "inquiry": ("open", "won", "lost"),
        "open": ("won", "lost"),
        "won": (),
        "lost": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("payment"))
    dispute_id = models.CharField(_("number at Stripe"), max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("the bank's reason"), max_length=64)
    evidence_due_at = models.DateTimeField(_("answer until"), null=True)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispute_id", "stripe_account", "livemode"], name="dispute_id_once"),
        ]

    def __str__(self) -> str:
        return f"{Money(self.amount_minor, self.currency)}, {self.get_state_display()}"


class BalanceTransaction(StripeRow):
    """One line of a Stripe account's own book, with its real fee; booked once in ours."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    transaction_id = models.CharField(max_length=64, editable=False)
    kind = models.CharField(_("type"), max_length=48)
    source_id = models.CharField(max_length=64, blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="balance_transactions")
    amount_minor = models.BigIntegerField(_("amount"))
    fee_minor = models.BigIntegerField(_("fee"))
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(_("created"))
    available_at = models.DateTimeField(_("available"))

    class Meta:
        verbose_name = _("Stripe booking")
        verbose_name_plural = _("Stripe bookings")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["transaction_id", "stripe_account", "livemode"], name="balance_transaction_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {Money(self.amount_minor, self.currency)}"
