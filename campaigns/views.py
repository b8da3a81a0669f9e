"""Pages of campaigns and of one's support."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from campaigns import access, pledging
from campaigns.forms import SupportForm
from campaigns.models import Campaign, Pledge
from funding import committing, statement, totals
from funding.models import Commitment, Fund
from funding.progress import Progress
from members.caching import same_for_strangers
from members.clock import database_now
from members.models import Organisation
from members.requests import address_of, member_of

MOST_NAMES = 24


class Shown(NamedTuple):
    """A campaign with how far it is."""

    campaign: Campaign
    progress: Progress


@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Every launched campaign, those that still run first."""
    campaigns = list(
        Campaign.objects.public()
        .select_related("fund", "facility")
        .order_by(F("fund__closed_at").desc(nulls_first=True), "fund__deadline_at")[:60]
    )
    return render(request, "campaigns/list.html", {"campaigns": with_progress(campaigns), "now": database_now()})


def with_progress(campaigns: list[Campaign]) -> list[Shown]:
    """Each with how far it is; one query whatever their number."""
    funds = [campaign.fund for campaign in campaigns if campaign.fund is not None]
    standings = totals.standings(fund.pk for fund in funds)
    return [
        Shown(campaign, Progress(campaign.fund, standings[campaign.fund.pk]))
        for campaign in campaigns
        if campaign.fund is not None
    ]


@require_GET
@same_for_strangers
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One campaign: how far it is, what decides, what one gets, where the money goes."""
    campaign, fund = _launched(slug)
    now = database_now()
    progress, supporters = Progress(fund, totals.standing(fund.pk)), _names(campaign)
    context = {
        "campaign": campaign,
        "progress": progress,
        "is_open": fund.takes_commitments(now),
        "tiers": campaign.tiers.select_related("revision__design"),
        "budget": campaign.budget.all(),
        "updates": campaign.updates.all()[:5],
        "supporters": supporters,
        "others": progress.number > len(supporters),
        "now": now,
    }
    return render(request, "campaigns/campaign.html", context)


def _names(campaign: Campaign) -> list[str]:
    """Who supports it, the latest first, each once: the organisation they act for, or themselves."""
    pledges = campaign.pledges.shown_by_name().select_related("member", "commitment__organisation").order_by("-pk")
    acting = (row.commitment.organisation or row.member for row in pledges[: 2 * MOST_NAMES])
    return list(dict.fromkeys(one.name if isinstance(one, Organisation) else one.public_name for one in acting))[
        :MOST_NAMES
    ]


@require_GET
def campaign_statement(request: HttpRequest, slug: str) -> HttpResponse:
    """The campaign's public account."""
    campaign, fund = _launched(slug)
    return render(
        request, "campaigns/statement.html", {"campaign": campaign, "statement": statement.statement(fund.pk)}
    )


@login_required
def support(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose, then read what it binds to, then go to the card page."""
    campaign, fund = _launched(slug, "fund__receiver", "facility__organisation")
    if not fund.takes_commitments(database_now()):
        messages.warning(request, _("This campaign is closed."))
        return redirect(campaign)
    form = SupportForm(campaign, request.POST or None, initial=_chosen(request, campaign))
    if request.method == "POST" and form.is_valid():
        if "bind" in request.POST:
            return _bind(request, campaign, form)
        return _review(request, campaign, fund, form)
    earlier = Pledge.objects.of_member(member_of(request)).filter(
        campaign=campaign, commitment__state__in=Commitment.LIVE
    )
    context = {
        "campaign": campaign,
        "form": form,
        "tiers": campaign.tiers.all(),
        "earlier": earlier.select_related("commitment").first(),
    }
    return render(request, "campaigns/support.html", context)


def _review(
    request: HttpRequest, campaign: Campaign, fund: Fund, form: SupportForm, pledge: Pledge | None = None
) -> HttpResponse:
    """What one binds oneself to, word for word, before the button that does it."""
    text = pledging.mandate(campaign, fund, form.cleaned_data["amount"])
    context = {"campaign": campaign, "fund": fund, "form": form, "mandate": text, "pledge": pledge}
    return render(request, "campaigns/review.html", context)


def _chosen(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """The reward that was clicked on the campaign's page, if it is one of its."""
    key = request.GET.get("tier", "")
    tier = next((tier for tier in campaign.tiers.all() if str(tier.pk) == key), None)
    return {} if tier is None else {"tier": tier.pk, "amount": str(tier.amount.decimal)}


def _bind(request: HttpRequest, campaign: Campaign, form: SupportForm) -> HttpResponse:
    """The button that binds: make the pledge, and send its supporter to the card page."""
    own = request.build_absolute_uri(reverse("campaigns:pledge", args=["00000000-0000-0000-0000-000000000000"]))
    own = own.replace("00000000-0000-0000-0000-000000000000", "{pledge}")
    now = database_now()
    try:
        made = pledging.pledge(
            campaign=campaign,
            tier=form.cleaned_data["tier"],
            amount=form.cleaned_data["amount"],
            is_anonymous=form.cleaned_data["is_anonymous"],
            form_key=form.cleaned_data["form_key"],
            accepted_from=address_of(request),
            success_url=f"{own}back/",
            cancel_url=own,
            by=member_of(request),
            now=now,
        )
        return redirect(committing.open_card_page(made.commitment_id, now=now))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(campaign)


@login_required
@require_GET
def pledge_page(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """One's own support: how it stands and what one can do."""
    pledge = _own(request, pledge_id)
    return render(request, "campaigns/pledge.html", pledge_context(pledge))


def pledge_context(pledge: Pledge) -> dict[str, Any]:
    commitment = pledge.commitment
    fund = commitment.fund
    now = database_now()
    return {
        "pledge": pledge,
        "commitment": commitment,
        "fund": fund,
        "can_change": commitment.state == Commitment.State.SECURED
        and fund.state == Fund.State.OPEN
        and now < fund.deadline_at,
    }


@login_required
@require_GET
def back(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Where the card page sends people: see what became of it, then show it."""
    pledge = _own(request, pledge_id)
    commitment = committing.settle_draft(pledge.commitment_id, now=database_now())
    if commitment.state == Commitment.State.SECURED:
        messages.success(request, _("Thank you! Your card is saved and nothing is charged before the close."))
    return redirect(pledge)


@login_required
@require_POST
def continue_card(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Go to the card page again, for a support that was not finished."""
    pledge = _own(request, pledge_id)
    try:
        return redirect(committing.open_card_page(pledge.commitment_id, now=database_now()))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(pledge)


@login_required
def change(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Another reward or amount: choose, then read what it binds to."""
    pledge = _own(request, pledge_id)
    campaign = pledge.campaign
    initial = {"tier": pledge.tier_id, "amount": str(pledge.commitment.maximum.decimal)}
    form = SupportForm(campaign, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if "bind" not in request.POST:
            return _review(request, campaign, pledge.commitment.fund, form, pledge)
        try:
            pledging.change(
                pledge,
                tier=form.cleaned_data["tier"],
                amount=form.cleaned_data["amount"],
                accepted_from=address_of(request),
                by=member_of(request),
                now=database_now(),
            )
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Changed. Until the close you can change it again."))
        return redirect(pledge)
    context = {"campaign": campaign, "form": form, "tiers": campaign.tiers.all(), "pledge": pledge}
    return render(request, "campaigns/support.html", context)


@login_required
def withdraw(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Ask once, then take the support back."""
    pledge = _own(request, pledge_id)
    if request.method != "POST":
        return render(request, "campaigns/withdraw.html", {"pledge": pledge})
    try:
        pledging.withdraw(pledge, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Your support has ended. Nothing was charged."))
    return redirect(pledge)


def _launched(slug: str, *related: str) -> tuple[Campaign, Fund]:
    """The launched campaign with its fund and workshop, and what else of theirs is `related`; 404 when there is none."""
    campaigns = Campaign.objects.public().select_related("fund", "facility", *related)
    campaign = get_object_or_404(campaigns, slug=slug)
    assert campaign.fund is not None  # noqa: S101  (public ones have a fund)
    return campaign, campaign.fund


def _own(request: HttpRequest, pledge_id: UUID) -> Pledge:
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
