"""A call to fund a workshop."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> CampaignQuerySet:
        """Launched ones, whatever became of them."""
        return self.filter(fund__isnull=False)

    def of_organisations(self, ids: list[UUID]) -> CampaignQuerySet:
        return self.filter(facility__organisation__in=ids)


class Campaign(models.Model):
    """A call to fund a facility. `stage` leads it to its launch; from then on its fund says how it stands."""

    class Stage(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        APPROVED = "approved", _("approved")
        LAUNCHED = "launched", _("launched")

    # Back to the draft: somebody asked for changes, or its producers took it back.
    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("in_review",),
        "in_review": ("draft", "approved"),
        "approved": ("draft", "launched"),
        "launched": (),
    }
    STATE_FIELD: ClassVar = "stage"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility", on_delete=models.PROTECT, related_name="+", verbose_name=_("workshop")
    )
    fund = models.OneToOneField(
        "funding.Fund",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("collection"),
    )
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    summary = models.CharField(_("in one sentence"), max_length=240)
    story = models.TextField(_("story, in Markdown"))
    story_html = models.TextField(editable=False)
    # A link, never a player: nothing of anybody else's is loaded with our pages.
    video_url = models.URLField(_("film, as a link"), blank=True)
    team = models.TextField(_("who does it, in Markdown"), blank=True)
    team_html = models.TextField(editable=False, blank=True)
    risks = models.TextField(_("what can go wrong, in Markdown"), blank=True)
    risks_html = models.TextField(editable=False, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    minimum_minor = models.BigIntegerField(
        _("minimum that decides"),
        help_text=_("If less is promised by the deadline, nobody is charged. If less arrives, everything goes back."),
    )
    goal_minor = models.BigIntegerField(_("goal"), help_text=_("What everything costs: the budget adds up to it."))
    deadline_at = models.DateTimeField(_("deadline"))
    window_minutes = models.PositiveIntegerField(_("time to mend a card, in minutes"), default=7 * 24 * 60)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.DRAFT, editable=False)
    submitted_by = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("sent to review by"),
    )
    reviewed_by = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    # When it launches by itself once it is approved; and when that was tried, and its producers were told what is missing.
    launch_at = models.DateTimeField(_("launches by itself at"), null=True, blank=True)
    launch_refused_at = models.DateTimeField(null=True, editable=False)
    # Whoever knows it reads the draft. Empty: nobody does.
    preview_key = models.CharField(max_length=43, blank=True, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [("review_campaign", _("Approve campaigns before their launch"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="campaign_launched_has_fund",
                condition=models.Q(stage="launched", fund__isnull=False)
                | (~models.Q(stage="launched") & models.Q(fund=None)),
            ),
            models.CheckConstraint(
                name="campaign_approved_by_somebody",
                condition=~models.Q(stage__in=["approved", "launched"])
                | models.Q(submitted_by__isnull=False, reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_two_people",
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("submitted_by")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["launch_at"],
                name="campaign_to_launch",
                condition=models.Q(stage="approved", launch_refused_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign", args=[self.slug])
