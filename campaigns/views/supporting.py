"""Supporting a campaign, and what one can do with one's own support."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import choosing, countries, giving, in_writing, pledging, withdrawing
from campaigns.forms import GuestForm, SupportForm, as_chosen
from campaigns.models import Campaign, Pledge
from campaigns.views import continuing
from campaigns.views.finding import launched, own_pledge
from funding import committing, promising
from funding.models import Commitment, Fund
from members.clock import database_now
from members.requests import acting, address_of, member_of


def support(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose, then read what it binds to, then go to the card page. Who somebody is, is asked between the two last."""
    campaign, fund = launched(slug, "fund__receiver", "facility__organisation")
    now = database_now()
    if not fund.takes_commitments(now):
        messages.warning(request, _("This campaign is closed."))
        return redirect(campaign)
    typed = request.POST or continuing.kept(request, slug)
    form = SupportForm(campaign, typed, initial=_chosen(request), now=now, by=request.user)
    if request.htmx:  # type: ignore[attr-defined]  # the middleware's
        return _total(request, form)
    if typed and form.is_valid():
        if not request.user.is_authenticated:
            return continuing.identify(
                request, campaign, form, lambda asked: _review(request, campaign, fund, form, guest=asked)
            )
        # Whoever read that nothing is charged today, and clicks after the close, reads again before it binds.
        if "bind" in request.POST and (not fund.charges_at_once or "at_once" in request.POST):
            return _bind(request, campaign, form)
        return _review(request, campaign, fund, form)
    mine = Pledge.objects.none()
    if request.user.is_authenticated:
        mine = Pledge.objects.of_member(member_of(request)).filter(campaign=campaign).alive()
    context = {
        "campaign": campaign,
        "fund": fund,
        "form": form,
        "mine": mine,
        "in_writing": in_writing.ways_of(campaign, in_writing.terms_of(campaign)),
    }
    return render(request, "campaigns/support.html", context)


def _review(
    request: HttpRequest,
    campaign: Campaign,
    fund: Fund,
    form: SupportForm,
    pledge: Pledge | None = None,
    guest: GuestForm | None = None,
) -> HttpResponse:
    """What one binds oneself to, word for word, before the button that does it; a stranger says first who they are."""
    data = form.cleaned_data
    text = pledging.mandate(campaign, fund, data["amount"], data["lines"], data["country"])
    if pledge is not None and not pledge.commitment.by_card:
        text = in_writing.text(campaign, fund, data["amount"], promising.words_of(pledge.commitment))
    context = {
        "campaign": campaign,
        "fund": fund,
        "form": form,
        "mandate": text,
        "pledge": pledge,
        "country": countries.name(data["country"]) if data["country"] else "",
        "guest": guest,
        "back_here": continuing.address(campaign),
    }
    return render(request, "campaigns/review.html", context)


def _total(request: HttpRequest, form: SupportForm) -> HttpResponse:
    """What is chosen so far and what it comes to, while one still types."""
    return render(request, "campaigns/_total.html", {"form": form})


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """One of the reward that was clicked on the campaign's page; what is none of its is no field of the form. And whom
    one acts for."""
    return {f"n-{request.GET.get('tier', '')}": 1, "organisation": acting(request).organisation}


def _bind(request: HttpRequest, campaign: Campaign, form: SupportForm) -> HttpResponse:
    """The button that binds: make the pledge, and send its supporter to the card page."""
    own = request.build_absolute_uri(reverse("campaigns:pledge", args=["00000000-0000-0000-0000-000000000000"]))
    own = own.replace("00000000-0000-0000-0000-000000000000", "{pledge}")
    now = database_now()
    data = form.cleaned_data
    to = giving.To(data["gift_name"], data["gift_email"], data["gift_message"]) if data["gift_name"] else None
    try:
        made = pledging.pledge(
            campaign=campaign,
            choices=form.cleaned_data["choices"],
            country=form.cleaned_data["country"],
            amount=form.cleaned_data["amount"],
            is_anonymous=form.cleaned_data["is_anonymous"],
            organisation=data.get("organisation"),
            gift=to,
            form_key=form.cleaned_data["form_key"],
            accepted_from=address_of(request),
            success_url=f"{own}back/",
            cancel_url=own,
            by=member_of(request),
            now=now,
        )
        continuing.forget(request)
        return redirect(committing.open_card_page(made.commitment_id, now=now))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(campaign)


@login_required
@require_safe
def pledge_page(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """One's own support: how it stands and what one can do."""
    pledge = own_pledge(request, pledge_id)
    return render(request, "campaigns/pledge.html", pledge_context(pledge))


def pledge_context(pledge: Pledge) -> dict[str, Any]:
    commitment = pledge.commitment
    fund = commitment.fund
    now = database_now()
    return {
        "pledge": pledge,
        "country": countries.name(pledge.country) if pledge.country else "",
        "gift_came_true": hasattr(pledge, "gift") and giving.came_true(pledge),
        "can_leave_contract": not hasattr(pledge, "withdrawal") and bool(withdrawing.lines_of(pledge)),
        "commitment": commitment,
        "fund": fund,
        "can_change": (
            commitment.state == Commitment.State.SECURED
            or (commitment.state == Commitment.State.DRAFT and not commitment.by_card)
        )
        and fund.state == Fund.State.OPEN
        and now < fund.deadline_at,
    }


@login_required
@require_safe
def gift_card(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """A card to print and hand over, once it came true."""
    pledge = own_pledge(request, pledge_id)
    if not (hasattr(pledge, "gift") and giving.came_true(pledge)):
        raise Http404
    return render(request, "campaigns/gift.html", {"pledge": pledge, "gift": pledge.gift})


@login_required
@require_safe
def back(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Where the card page sends people: see what became of it, then show it."""
    pledge = own_pledge(request, pledge_id)
    commitment = committing.settle_draft(pledge.commitment_id, now=database_now())
    if commitment.state == Commitment.State.SECURED:
        messages.success(request, _("Thank you! Your card is saved and nothing is charged before the close."))
    elif commitment.state == Commitment.State.CHARGING:
        messages.success(request, _("Thank you! Your card is saved and is charged now."))
    return redirect(pledge)


@login_required
@require_POST
def continue_card(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Go to the card page again, for a support that was not finished."""
    pledge = own_pledge(request, pledge_id)
    try:
        return redirect(committing.open_card_page(pledge.commitment_id, now=database_now()))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(pledge)


@login_required
def change(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Another reward or amount: choose, then read what it binds to."""
    pledge = own_pledge(request, pledge_id)
    campaign = pledge.campaign
    lines = list(pledge.lines.all())
    initial = as_chosen(campaign, lines, pledge.commitment.maximum, pledge.country)
    held = {line.tier_id: line.quantity for line in lines}
    form = SupportForm(campaign, request.POST or None, initial=initial, held=held, now=database_now())
    if request.htmx:  # type: ignore[attr-defined]  # the middleware's
        return _total(request, form)
    if request.method == "POST" and form.is_valid():
        if "bind" not in request.POST:
            return _review(request, campaign, pledge.commitment.fund, form, pledge)
        try:
            pledging.change(
                pledge,
                choices=form.cleaned_data["choices"],
                country=form.cleaned_data["country"],
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
    context = {
        "campaign": campaign,
        "form": form,
        "pledge": pledge,
        "told": choosing.told(lines, pledge.country),
        "fund": pledge.commitment.fund,
    }
    return render(request, "campaigns/support.html", context)


@login_required
def withdraw(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Ask once, then take the support back."""
    pledge = own_pledge(request, pledge_id)
    if request.method != "POST":
        return render(request, "campaigns/withdraw.html", {"pledge": pledge})
    try:
        pledging.withdraw(pledge, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Your support has ended. Nothing was charged."))
    return redirect(pledge)
