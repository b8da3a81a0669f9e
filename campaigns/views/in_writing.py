"""Supporting a campaign without a card: written down, read, bound; then a treasurer confirms it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from campaigns import in_writing, pledging
from campaigns.forms import WrittenForm
from campaigns.models import Campaign
from campaigns.views.finding import launched
from members.clock import database_now
from members.requests import address_of, member_of


@login_required
def support_in_writing(request: HttpRequest, slug: str) -> HttpResponse:
    """Who pays, how much and how; then the words that bind, then the promise."""
    campaign, fund = launched(slug, "fund__receiver__organisation", "facility__organisation")
    terms = in_writing.terms_of(campaign)
    ways = in_writing.ways_of(campaign, terms)
    now = database_now()
    if not ways or terms is None or not fund.takes_commitments(now):
        messages.warning(request, _("This campaign takes cards only."))
        return redirect("campaigns:support", slug=slug)
    form = WrittenForm(campaign, ways, terms, request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        if "bind" in request.POST:
            return _bind(request, campaign, form)
        text = in_writing.text(campaign, fund, form.cleaned_data["amount"], form.words)
        context = {"campaign": campaign, "fund": fund, "form": form, "text": text, "words": form.words}
        return render(request, "campaigns/in_writing_review.html", context)
    context = {"campaign": campaign, "fund": fund, "form": form, "terms": terms}
    return render(request, "campaigns/in_writing.html", context)


def _bind(request: HttpRequest, campaign: Campaign, form: WrittenForm) -> HttpResponse:
    try:
        made = pledging.pledge(
            campaign=campaign,
            choices=form.cleaned_data["choices"],
            country=form.cleaned_data["country"],
            amount=form.cleaned_data["amount"],
            is_anonymous=form.cleaned_data["is_anonymous"],
            form_key=form.cleaned_data["form_key"],
            accepted_from=address_of(request),
            success_url="",
            cancel_url="",
            words=form.words,
            by=member_of(request),
            now=database_now(),
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(campaign)
    messages.success(request, _("Thank you! Your promise is written down, and counts once it is confirmed."))
    return redirect(made)
