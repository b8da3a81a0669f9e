"""Words that bind: imprint, terms and privacy notice in numbered versions, and who agreed to which."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from members.models.people import Member


class LegalTextQuerySet(models.QuerySet["LegalText"]):
    def in_force(self, now: datetime.datetime | models.Func[Any]) -> LegalTextQuerySet:
        """What was published and has begun to bind, the newest first."""
        return self.filter(published_at__isnull=False, effective_at__lte=now).order_by("-version")


class LegalText(models.Model):
    """One version of what this installation says in law. A draft until it is published; from then on it stays."""

    class Kind(models.TextChoices):
        IMPRINT = "imprint", _("imprint")
        TERMS = "terms", _("terms of use")
        PRIVACY = "privacy", _("privacy notice")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("what it is"), max_length=8, choices=Kind.choices)
    version = models.PositiveSmallIntegerField(_("version"), null=True, editable=False)
    text = models.TextField(_("text, in Markdown"))
    text_html = models.TextField(editable=False)
    effective_at = models.DateTimeField(
        _("binds from"), null=True, blank=True, help_text=_("Left empty, it binds as soon as it is published.")
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = LegalTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal text")
        verbose_name_plural = _("legal texts")
        ordering: ClassVar = ["kind", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "version"], name="legal_text_version_once"),
            models.CheckConstraint(
                name="legal_text_published_whole",
                condition=models.Q(published_at=None, version=None)
                | models.Q(published_at__isnull=False, version__isnull=False, effective_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.version or _('draft')}"

    def get_absolute_url(self) -> str:
        return reverse("members:legal-version", args=[self.kind, self.version])


class Acceptance(models.Model):
    """A member agreed to one version of the terms."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    text = models.ForeignKey(LegalText, on_delete=models.PROTECT, related_name="+", verbose_name=_("to what"))
    accepted_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("acceptance of the terms")
        verbose_name_plural = _("acceptances of the terms")
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "text"], name="acceptance_once")]

    def __str__(self) -> str:
        return f"{self.member}, {self.text}"
