"""The campaign or the support that an address names, for whoever may see it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from campaigns import access
from campaigns.models import Campaign, Pledge
from funding.models import Fund
from members.requests import member_of


def launched(slug: str, *related: str) -> tuple[Campaign, Fund]:
    """The launched campaign with its fund and workshop, and what else of theirs is `related`; 404 when there is none."""
    campaigns = Campaign.objects.public().select_related("fund", "facility", *related)
    campaign = get_object_or_404(campaigns, slug=slug)
    assert campaign.fund is not None  # noqa: S101  (public ones have a fund)
    return campaign, campaign.fund


def draft(request: HttpRequest, slug: str) -> Campaign | None:
    """The draft of this name, for whoever may see it before its launch; nothing for everybody else."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    campaign = Campaign.objects.drafts().select_related("facility").filter(slug=slug).first()
    return campaign if campaign and access.may_see_draft(request.user, campaign) else None


def own_pledge(request: HttpRequest, pledge_id: UUID) -> Pledge:
    """The member's own pledge; somebody else's does not exist for them."""
    pledges = Pledge.objects.of_member(member_of(request)).select_related(
        "campaign__fund",
        "campaign__facility__organisation",
        "tier__campaign",
        "commitment__fund__receiver",
        "commitment__card",
        "commitment__payment",
    )
    pledge = get_object_or_404(pledges, pk=pledge_id)
    assert access.owns(request.user, pledge)  # noqa: S101
    return pledge
