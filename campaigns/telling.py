"""What producers and reviewers are told about a campaign on its way to the launch. Each mail is written in the
transaction of the fact that it tells."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from campaigns.models import Campaign
from members.mailing import send
from members.models import Member, Membership

_REVIEW = {"content_type__app_label": "campaigns", "codename": "review_campaign"}


def reviewers() -> QuerySet[Member]:
    """Whoever may review campaigns."""
    permits = Q(is_superuser=True)
    for path in ("user_permissions", "groups__permissions"):
        permits |= Q(**{f"{path}__{field}": value for field, value in _REVIEW.items()})
    return Member.objects.filter(permits, is_active=True).distinct()


def producers(campaign: Campaign) -> QuerySet[Member]:
    """Whoever manages the campaign."""
    roles = (Membership.Role.OWNER, Membership.Role.PRODUCER)
    held = Membership.objects.filter(organisation=campaign.facility.organisation_id, role__in=roles)
    return Member.objects.filter(pk__in=held.values("member"), is_active=True)


def to_review(campaign: Campaign) -> None:
    """It waits for somebody who approves it."""
    assert campaign.submitted_by is not None  # noqa: S101  (somebody sent it)
    _send(reviewers().exclude(pk=campaign.submitted_by.pk), campaign, "to_review")


def approved(campaign: Campaign) -> None:
    """It may be launched."""
    _send(producers(campaign), campaign, "approved")


def changes_wanted(campaign: Campaign, why: str) -> None:
    """It is a draft again, and why."""
    _send(producers(campaign), campaign, "changes_wanted", why=why)


def launched(campaign: Campaign) -> None:
    """It launched by itself, as planned."""
    _send(producers(campaign), campaign, "went_live")


def launch_refused(campaign: Campaign, refusal: ValidationError) -> None:
    """Its moment came, and something was missing."""
    _send(producers(campaign), campaign, "launch_refused", problems=refusal.messages)


def _send(readers: QuerySet[Member], campaign: Campaign, template: str, **more: Any) -> None:
    context = {"campaign": campaign, "own_page": campaign.get_absolute_url(), **more}
    for member in readers.order_by("pk"):
        send(member, f"campaigns/mail/{template}", context)
