"""Asking somebody to act for an organisation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from members.models.people import Member, Membership, Organisation


class Invitation(models.Model):
    """An address was asked to take a role; whoever owns it says yes, or nothing until it expires."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "open": ("accepted", "withdrawn"),
        "accepted": (),
        "withdrawn": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=12, choices=Membership.Role.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    invited_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("invited by"))
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "email", "role"],
                condition=models.Q(state="open"),
                name="invitation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_role_display()}, {self.organisation}"
