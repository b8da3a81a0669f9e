"""A campaign's public pages."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns import access, budgeting, checklist, following, reviewing, spending
from campaigns.forms import PlanForm, ReasonForm
from campaigns.models import STANDING, Campaign, FeeAgreement, Following, InKind, Pledge, Update
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
    return show(request, readable(request, slug))


def show(request: HttpRequest, campaign: Campaign, *, is_preview: bool = False) -> HttpResponse:
    """The campaign's page; a draft's for friends, who are told of nothing that is to be done about it."""
    now = database_now()
    is_draft = campaign.fund is None
    fund = campaign.fund or as_launched(campaign)
    standing = totals.Standing() if is_draft else totals.standing(fund.pk)
    tiers = list(campaign.tiers.select_related("revision__design").prefetch_related("rates__tier__campaign"))
    progress, supporters = Progress(fund, standing), _names(campaign)
    is_funded = not is_draft and fund.state in budgeting.FUNDED
    updates, mine = list(campaign.updates.published()[:5]), _mine(request, campaign)
    takes_in_kind = hasattr(campaign, "other_money") and campaign.other_money.takes_in_kind
    context = {
        "campaign": campaign,
        "progress": progress,
        "is_draft": is_draft,
        "is_open": not is_draft and fund.takes_commitments(now),
        "tiers": tiers,
        "over": [tier for tier in tiers if not tier.is_offered(now)],
        "budget": spending.budget_of(campaign, with_spendings=is_funded),
        "is_funded": is_funded,
        "stretch": spending.beyond(campaign.stretch_goals.all(), progress),
        "organises": not is_draft and request.user.is_authenticated and access.may_follow_money(request.user, campaign),
        **_told(campaign),
        "updates": updates,
        "reads_all": _reads_all(request, campaign, updates, mine),
        "comments": [] if is_draft else newest(campaign),
        "following": Following.objects.filter(campaign=campaign, member=request.user).first()
        if request.user.is_authenticated
        else None,
        "can_be_reminded": following.can_be_reminded(campaign.fund, now=now),
        "in_kind": InKind.objects.filter(campaign=campaign, state=InKind.State.ACCEPTED).select_related(
            "member", "campaign"
        )
        if takes_in_kind
        else [],
        "takes_in_kind": takes_in_kind and not is_draft and fund.takes_commitments(now),
        "supporters": supporters,
        "others": progress.number > len(supporters),
        "mine": mine,
        "now": now,
    }
    if is_draft and not is_preview:
        context |= steps(request, campaign, now=now)
    if not is_draft:
        context |= {"share": shared(campaign), "described": described(campaign, campaign.facility)}
    with in_zone_for(request, campaign.facility.time_zone):
        return render(request, "campaigns/campaign.html", context)


def _told(campaign: Campaign) -> dict[str, Any]:
    """What is seen and read beside the story."""
    pictures = list(campaign.pictures.all())
    return {
        "cover": next((one for one in pictures if one.is_cover), None),
        "gallery": [one for one in pictures if not one.is_cover],
        "film_host": urlsplit(campaign.video_url).hostname if campaign.video_url else "",
        "faq": campaign.faq.all(),
    }


def steps(request: HttpRequest, campaign: Campaign, *, now: datetime.datetime) -> dict[str, Any]:
    """What is still to be done about a draft, and who looks at it may do what."""
    manages = access.may_manage(request.user, campaign)
    key = campaign.preview_key
    return {
        "missing": [
            message for problem in checklist.missing_for_launch(campaign, now=now) for message in problem.messages
        ],
        "manages": manages,
        "reviews": campaign.stage == Campaign.Stage.IN_REVIEW and access.may_review(request.user, campaign),
        "agreement": FeeAgreement.objects.filter(campaign=campaign).select_related("member").first(),
        "agreement_words": budgeting.agreement_words(campaign) if manages else "",
        "wanted": reviewing.wanted_changes(campaign),
        "preview": request.build_absolute_uri(reverse("campaigns:preview", args=[campaign.slug, key])) if key else "",
        "plan": PlanForm(initial={"launch_at": campaign.launch_at}),
        "reason": ReasonForm(),
    }


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
