"""Which mails a member wants beside those about their own money."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from members.models.people import Member


class MailKind(models.TextChoices):
    """Mails that nobody has to get. Those about one's own money, and about one's account, are of no kind."""

    NEWS = "news", _("News of campaigns that you support or follow")
    COMMENTS = "comments", _("Answers to you, and what became of what you wrote")
    REMINDERS = "reminders", _("Reminders that you asked for: a launch, two days before the end")


class MailChoice(models.Model):
    """Whether a member gets mails of one kind; they do until they say otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=12, choices=MailKind.choices)
    is_wanted = models.BooleanField(_("wanted"))
    chosen_at = models.DateTimeField(_("chosen"))

    class Meta:
        verbose_name = _("choice about mails")
        verbose_name_plural = _("choices about mails")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "kind"], name="mail_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_kind_display()}"
