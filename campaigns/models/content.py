"""What people see and read about a campaign beside its story."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign


class Picture(models.Model):
    """A picture of a campaign, as `campaigns.picturing` encoded it anew: large, and small for lists and phones."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="pictures", verbose_name=_("campaign")
    )
    large = models.FileField(max_length=100)
    small = models.FileField(max_length=100)
    # Of the large one, in pixels, so that a page keeps its place while it loads.
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    small_width = models.PositiveIntegerField()
    alt = models.CharField(_("what it shows, for those who do not see it"), max_length=200)
    is_cover = models.BooleanField(_("stands on top"), default=False)
    by = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign"], condition=models.Q(is_cover=True), name="picture_cover_once"),
            models.CheckConstraint(name="picture_says_what_it_shows", condition=~models.Q(alt="")),
        ]

    def __str__(self) -> str:
        return self.alt


class Faq(models.Model):
    """A question that is often asked, with its answer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="faq", verbose_name=_("campaign"))
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer, in Markdown"))
    answer_html = models.TextField(editable=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.question
