"""What a campaign tells those who follow it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign


class Update(models.Model):
    """News of a campaign."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="updates", verbose_name=_("campaign"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text, in Markdown"))
    text_html = models.TextField(editable=False)
    author = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    published_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")
        ordering: ClassVar = ["-published_at"]

    def __str__(self) -> str:
        return self.title
