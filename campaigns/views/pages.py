"""A campaign's public pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns import access, following
from campaigns.models import STANDING, Campaign, Following, Pledge, Update
from campaigns.showing import as_launched
from campaigns.threads import newest
from campaigns.views.finding import launched, readable
from campaigns.views.sharing import described, shared
from funding import statement, totals
from funding.progress import Progress
from members.caching import same_for_strangers
from members.clock import database_now
from members.models import public_name
from members.requests import in_zone_for

MOST_NAMES = 24


@require_safe
@same_for_strangers
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One campaign: how far it is, what decides, what one gets, where the money goes.

    A draft is shown as it would be launched, to those who act for its workshop; nobody can support it.
    """
    campaign, now = readable(request, slug), database_now()
    is_draft = campaign.fund is None
    fund = campaign.fund or as_launched(campaign)
    standing = totals.Standing() if is_draft else totals.standing(fund.pk)
    tiers = list(campaign.tiers.select_related("revision__design").prefetch_related("rates__tier__campaign"))
    progress, supporters = Progress(fund, standing), _names(campaign)
    updates, mine = list(campaign.updates.published()[:5]), _mine(request, campaign)
    context = {
        "campaign": campaign,
        "progress": progress,
        "is_draft": is_draft,
        "is_open": not is_draft and fund.takes_commitments(now),
        "tiers": tiers,
        "over": [tier for tier in tiers if not tier.is_offered(now)],
        "budget": campaign.budget.all(),
        "updates": updates,
        "reads_all": _reads_all(request, campaign, updates, mine),
        "comments": [] if is_draft else newest(campaign),
        "following": Following.objects.filter(campaign=campaign, member=request.user).first()
        if request.user.is_authenticated
        else None,
        "can_be_reminded": following.can_be_reminded(campaign.fund, now=now),
        "supporters": supporters,
        "others": progress.number > len(supporters),
        "mine": mine,
        "now": now,
    }
    if not is_draft:
        context |= {"share": shared(campaign), "described": described(campaign, campaign.facility)}
    with in_zone_for(request, campaign.facility.time_zone):
        return render(request, "campaigns/campaign.html", context)


def _mine(request: HttpRequest, campaign: Campaign) -> list[Pledge]:
    """What the visitor supports it with already."""
    if not request.user.is_authenticated:
        return []
    return list(Pledge.objects.of_member(request.user).filter(campaign=campaign).alive())


def _reads_all(request: HttpRequest, campaign: Campaign, updates: list[Update], mine: list[Pledge]) -> bool:
    """Whether the visitor may read what is for supporters; roles are asked for only where there is any."""
    if any(pledge.commitment.state in STANDING for pledge in mine):
        return True
    return not any(update.is_for_backers for update in updates) or access.may_see_draft(request.user, campaign)


def _names(campaign: Campaign) -> list[str]:
    """Who supports it, the latest first, each once: the organisation they act for, or themselves."""
    pledges = campaign.pledges.shown_by_name().order_by("-pk")
    # Names alone, not four whole rows for each.
    acting = pledges.values_list("commitment__organisation__name", "member__display_name")[: 2 * MOST_NAMES]
    return list(dict.fromkeys(organisation or public_name(member) for organisation, member in acting))[:MOST_NAMES]


@require_safe
def campaign_statement(request: HttpRequest, slug: str) -> HttpResponse:
    """The campaign's public account."""
    campaign, fund = launched(slug)
    return render(
        request, "campaigns/statement.html", {"campaign": campaign, "statement": statement.statement(fund.pk)}
    )
