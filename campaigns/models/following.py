"""Who follows a campaign, and what they want to be told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign


class FollowingQuerySet(models.QuerySet["Following"]):
    def active(self) -> FollowingQuerySet:
        """Those who still want to be told something."""
        return self.filter(models.Q(news=True) | models.Q(launch=True) | models.Q(end=True))


class Following(models.Model):
    """What one member wants to be told about one campaign. The row stays when they stop, and with it what they were told."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", verbose_name=_("campaign"))
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    news = models.BooleanField(_("wants its news"), default=False)
    launch = models.BooleanField(_("wants to hear of its launch"), default=False)
    end = models.BooleanField(_("wants to be reminded before its end"), default=False)
    since_at = models.DateTimeField(_("since"))
    # Each is told once at most, however often somebody stops and asks again.
    launch_told_at = models.DateTimeField(null=True)
    end_told_at = models.DateTimeField(null=True)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "member"], name="following_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["campaign"], name="following_launch", condition=models.Q(launch=True, launch_told_at=None)
            ),
            models.Index(fields=["campaign"], name="following_end", condition=models.Q(end=True, end_told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.campaign}"

    @property
    def is_active(self) -> bool:
        return self.news or self.launch or self.end
