"""What a campaign tells those who support and follow it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign


class UpdateQuerySet(models.QuerySet["Update"]):
    def published(self) -> UpdateQuerySet:
        """Those that can be read, the newest first."""
        return self.filter(state=Update.State.PUBLISHED).order_by("-published_at", "-pk")


class Update(models.Model):
    """News of a campaign: a draft until somebody publishes it. Who supports and follows it is then told in batches."""

    class Audience(models.TextChoices):
        PUBLIC = "public", _("everybody")
        BACKERS = "backers", _("supporters only")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    MOVES: ClassVar = {State.DRAFT: (State.PUBLISHED,), State.PUBLISHED: ()}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="updates", verbose_name=_("campaign"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text, in Markdown"))
    text_html = models.TextField(editable=False)
    audience = models.CharField(_("who may read it"), max_length=8, choices=Audience.choices, default=Audience.PUBLIC)
    author = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    # Everybody up to this member, in the order of their keys, has been told; all of them once `mailed_at` is set.
    mailed_through = models.UUIDField(null=True, editable=False)
    mailed_at = models.DateTimeField(_("everybody told"), null=True, editable=False)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")
        ordering: ClassVar = ["-published_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="update_published_has_time",
                condition=models.Q(state="draft", published_at=None)
                | models.Q(state="published", published_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "-published_at"], name="update_campaign"),
            models.Index(
                fields=["published_at"],
                name="update_untold",
                condition=models.Q(state="published", mailed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaigns:update", args=[self.campaign.slug, self.pk])

    @property
    def is_for_backers(self) -> bool:
        return self.audience == self.Audience.BACKERS
