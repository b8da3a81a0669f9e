"""What one person asks for and another has to agree to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from members.models.people import Member, Organisation


class Approval(models.Model):
    """A deed of an organisation that waits for a second person; done in the transaction in which they agree."""

    class What(models.TextChoices):
        CANCEL_CAMPAIGN = "cancel_campaign", _("cancel a campaign")

    class State(models.TextChoices):
        OPEN = "open", _("waits for a second person")
        APPROVED = "approved", _("done")
        DECLINED = "declined", _("turned down")
        EXPIRED = "expired", _("expired")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "open": ("approved", "declined", "expired"),
        "approved": (),
        "declined": (),
        "expired": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    what = models.CharField(_("what"), max_length=24, choices=What.choices)
    # The row that it is done to, in whatever app; what else the deed needs.
    subject_id = models.UUIDField(_("of what"))
    parameters = models.JSONField(_("how"), default=dict)
    why = models.CharField(_("why"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("until"))
    decided_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["what", "subject_id"], condition=models.Q(state="open"), name="approval_open_once"
            ),
            # Nobody is the second person to themselves; turning down what one asked for is allowed.
            models.CheckConstraint(
                name="approval_two_people",
                condition=~models.Q(state="approved")
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("asked_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.get_state_display()}"
