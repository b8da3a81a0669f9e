"""Help in kind: what was taken, an offer of one's own, and the producer's answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import access, helping_in_kind, in_writing
from campaigns.forms import InKindForm, ValueForm
from campaigns.models import InKind
from campaigns.views.finding import launched
from members.clock import database_now
from members.requests import member_of
from payments.forms import typed


@login_required
def in_kind(request: HttpRequest, slug: str) -> HttpResponse:
    """Offer something; producers find here what waits for their answer."""
    campaign, fund = launched(slug, "facility__organisation")
    terms = in_writing.terms_of(campaign)
    manages = access.may_manage(request.user, campaign)
    if terms is None or not (terms.takes_in_kind or manages):
        raise Http404
    form = InKindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            helping_in_kind.offer(campaign=campaign, by=member_of(request), now=database_now(), **form.cleaned_data)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Thank you! The producer reads it and answers."))
            return redirect("campaigns:in-kind", slug=slug)
    offers = InKind.objects.filter(campaign=campaign).select_related("member", "campaign")
    context = {
        "campaign": campaign,
        "form": form,
        "open": terms.takes_in_kind and fund.takes_commitments(database_now()),
        "mine": offers.filter(member=member_of(request)),
        "waiting": offers.filter(state=InKind.State.OFFERED) if manages else [],
        "answer": ValueForm(),
    }
    return render(request, "campaigns/in_kind.html", context)


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, offer_id: UUID) -> HttpResponse:
    """Take an offer at a value, decline it, or take one's own back."""
    campaign, _fund = launched(slug, "facility__organisation")
    offer = get_object_or_404(InKind.objects.select_related("campaign", "member"), pk=offer_id, campaign=campaign)
    by, now = member_of(request), database_now()
    own, manages = offer.member_id == by.pk, access.may_manage(by, campaign)
    deed = request.POST.get("deed", "")
    if not (own and deed == "withdraw") and not (manages and deed in ("accept", "decline")):
        raise Http404
    form = ValueForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    try:
        if deed == "withdraw":
            helping_in_kind.withdraw(offer, by=by, now=now)
        elif deed == "decline":
            helping_in_kind.decline(offer, words=words, by=by, now=now)
        else:
            value = typed(form.cleaned_data.get("value") or "", campaign.currency)
            helping_in_kind.accept(offer, value=value, words=words, by=by, now=now)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("campaigns:in-kind", slug=slug)
