"""The campaign or the support that an address names, for whoever may see it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
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


def readable(request: HttpRequest, slug: str) -> Campaign:
    """The campaign of this name with its fund and workshop; 404 when there is none, or a draft of somebody else."""
    campaign = get_object_or_404(Campaign.objects.select_related("fund", "facility", "other_money"), slug=slug)
    if campaign.fund is None and not access.may_see_draft(request.user, campaign):
        raise Http404
    return campaign


def own_pledge(request: HttpRequest, pledge_id: UUID) -> Pledge:
    """The member's own pledge; somebody else's does not exist for them."""
    pledges = (
        Pledge.objects.of_member(member_of(request))
        .with_lines()
        .select_related(
            "campaign__fund",
            "campaign__facility__organisation",
            "gift",
            "withdrawal",
            "commitment__fund__receiver",
            "commitment__organisation",
            "commitment__card",
            "commitment__payment",
            "commitment__written",
        )
    )
    pledge = get_object_or_404(pledges, pk=pledge_id)
    assert access.owns(request.user, pledge)  # noqa: S101
    return pledge


def key_in(request: HttpRequest, name: str) -> UUID | None:
    """The key after which a list goes on, from the address; None for the first page, or when it is no key."""
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None
