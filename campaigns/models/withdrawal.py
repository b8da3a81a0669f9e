"""Leaving the contract after the money has arrived."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.support import Pledge
from payments.money import Money


class Withdrawal(models.Model):
    """A supporter's declaration that they withdraw from the contract about their rewards, and what became of it."""

    class State(models.TextChoices):
        DECLARED = "declared", _("declared")
        RETURNED = "returned", _("accepted, the money goes back")
        REFUSED = "refused", _("refused")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "declared": ("returned", "refused"),
        "returned": (),
        # Who was wrong to refuse can still accept.
        "refused": ("returned",),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pledge = models.OneToOneField(
        Pledge, on_delete=models.PROTECT, related_name="withdrawal", verbose_name=_("support")
    )
    # The rewards that can be withdrawn from, with their delivery; what was given on top was a gift.
    amount_minor = models.BigIntegerField(_("to be returned"))
    said = models.TextField(_("what was declared"))
    declared_at = models.DateTimeField(_("declared"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DECLARED)

    class Meta:
        verbose_name = _("withdrawal from a contract")
        verbose_name_plural = _("withdrawals from contracts")
        constraints: ClassVar = [
            models.CheckConstraint(name="withdrawal_returns_something", condition=models.Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.pledge.campaign}, {self.amount}"

    @property
    def currency(self) -> str:
        return self.pledge.commitment.currency

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
