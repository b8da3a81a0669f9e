"""Mending a card and confirming at one's bank: for whoever is logged in as the payer, or holds the mail's link."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import collecting, committing, links
from funding.models import Commitment
from members.clock import database_now
from members.requests import address_of, in_zone_for
from payments import card_saving
from payments.writing import written

MANDATE_VERSION = "2026-11"


@never_cache
def card(request: HttpRequest, commitment_id: UUID) -> HttpResponse:
    """Another card for a promise: GET shows what is at stake, POST goes to the card page."""
    commitment = _theirs(request, commitment_id)
    # What its payer promised is not known to the cent before the close, and is after it.
    mandate = (
        _("%(payee)s may charge the card that I save now %(amount)s once for “%(title)s”, in place of my earlier card.")
        if commitment.amount_minor is not None
        else _(
            "%(payee)s may charge the card that I save now up to %(amount)s once for “%(title)s”, in place of my "
            "earlier card."
        )
    ) % {
        "payee": commitment.fund.receiver.organisation.name,
        "amount": written(commitment.charge),
        "title": commitment.called,
    }
    if request.method == "POST":
        now = database_now()
        # A page that was filled in meanwhile counts, and is not offered again.
        committing.settle_draft(commitment_id, now=now)
        try:
            setup = committing.start_card_replacement(
                commitment,
                mandate_version=MANDATE_VERSION,
                mandate_text=mandate,
                accepted_from=address_of(request),
                success_url=_address(request, "funding:card-back", commitment_id),
                cancel_url=_address(request, "funding:card", commitment_id),
                by=commitment.member,
                now=now,
            )
            return redirect(card_saving.open_page(setup.pk, now=now))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
    with in_zone_for(request, commitment.member.time_zone):
        return render(request, "funding/card.html", {"commitment": commitment, "mandate": mandate})


@never_cache
@require_safe
def card_back(request: HttpRequest, commitment_id: UUID) -> HttpResponse:
    """Where the card page sends people after a replacement; the card is tried at once."""
    commitment = _theirs(request, commitment_id)
    settled = committing.settle_draft(commitment.pk, now=database_now())
    setup = settled.setup
    if setup is not None and setup.card is not None and setup.card_id == settled.card_id:
        words = {"card": setup.card, "title": commitment.called}
        if settled.state in Commitment.UNDECIDED:
            messages.success(request, _("%(card)s counts for “%(title)s” from now on, and is tried at once.") % words)
        else:
            messages.success(request, _("%(card)s counts for “%(title)s” from now on.") % words)
    return redirect(_address(request, "funding:commitment", commitment_id))


@never_cache
def confirm(request: HttpRequest, commitment_id: UUID) -> HttpResponse:
    """The bank wants its customer's yes: GET shows what for, POST goes to the bank. Scanners of mail follow GET only."""
    commitment = _theirs(request, commitment_id)
    if request.method == "POST":
        attempt = collecting.confirm_present(
            commitment_id, return_url=_address(request, "funding:confirm-back", commitment_id), now=database_now()
        )
        if attempt is not None and attempt.action_url:
            return redirect(attempt.action_url)
        return redirect(_address(request, "funding:commitment", commitment_id))
    with in_zone_for(request, commitment.member.time_zone):
        return render(request, "funding/confirm.html", {"commitment": commitment})


@never_cache
@require_safe
def confirm_back(request: HttpRequest, commitment_id: UUID) -> HttpResponse:
    """Where the bank sends people: ask Stripe how it ended."""
    _theirs(request, commitment_id)
    commitment = collecting.look_again(commitment_id, now=database_now())
    if commitment.state == Commitment.State.DROPPED:
        messages.warning(request, _("Your confirmation came after the time for it was over."))
    return redirect(_address(request, "funding:commitment", commitment_id))


@never_cache
@require_safe
def commitment_page(request: HttpRequest, commitment_id: UUID) -> HttpResponse:
    """How one promise stands, in plain words, and what to do next."""
    commitment = _theirs(request, commitment_id)
    with in_zone_for(request, commitment.member.time_zone):
        return render(request, "funding/commitment.html", {"commitment": commitment})


def _address(request: HttpRequest, name: str, commitment_id: UUID) -> str:
    """An absolute address that carries the mail's signature along."""
    token = request.GET.get("t", "")
    return request.build_absolute_uri(reverse(name, args=[commitment_id])) + (
        f"?{urlencode({'t': token})}" if token else ""
    )


def _theirs(request: HttpRequest, commitment_id: UUID) -> Commitment:
    """The payer's own commitment, by log-in or by the signed link; for anybody else it does not exist."""
    commitment = (
        Commitment.objects.select_related("fund__receiver__organisation", "member", "card", "payment")
        .filter(pk=commitment_id)
        .first()
    )
    if commitment is None:
        raise Http404
    if commitment.member_id == request.user.pk or links.is_valid(request.GET.get("t", ""), commitment_id):
        return commitment
    raise Http404
