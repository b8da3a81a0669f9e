"""What Stripe told us, and what nobody can explain."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from payments.models.accounts import StripeRow


class WebhookEvent(StripeRow):
    """A verified event, kept before it is answered; a worker applies it later."""

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        APPLIED = "applied", _("applied")
        IGNORED = "ignored", _("of no concern")
        FAILED = "failed", _("failed for good")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "received": ("applied", "ignored", "failed"),
        "failed": ("received",),
        "applied": (),
        "ignored": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.CharField(_("number at Stripe"), max_length=64, editable=False)
    kind = models.CharField(_("type"), max_length=80)
    object_id = models.CharField(_("about"), max_length=128, blank=True)
    payload = models.JSONField(_("as it came"))
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECEIVED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    error = models.TextField(_("what went wrong"), blank=True)

    class Meta:
        verbose_name = _("event from Stripe")
        verbose_name_plural = _("events from Stripe")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event_id", "stripe_account", "livemode"], name="webhook_event_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], name="webhook_event_due", condition=models.Q(state="received")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Alarm(models.Model):
    """Something in the books or at Stripe that nobody can explain; open until a person says why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # One open alarm for one thing, however often it is found.
    key = models.CharField(_("found by"), max_length=160)
    text = models.TextField(_("what is wrong"))
    raised_at = models.DateTimeField(_("raised"))
    seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    explanation = models.TextField(_("explanation"), blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(closed_at=None), name="alarm_open_once"),
        ]

    def __str__(self) -> str:
        return self.text[:80]
