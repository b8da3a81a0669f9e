"""News of a campaign: all of it, and each on a page of its own."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaigns import access
from campaigns.models import Update
from campaigns.views.finding import key_in, launched
from members.caching import same_for_strangers

A_PAGE = 20


@require_safe
@same_for_strangers
def news(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that was published, the newest first."""
    campaign, _fund = launched(slug)
    updates = campaign.updates.filter(state=Update.State.PUBLISHED).order_by("-pk")
    before = key_in(request, "before")
    found = list((updates if before is None else updates.filter(pk__lt=before))[: A_PAGE + 1])
    context = {
        "campaign": campaign,
        "updates": found[:A_PAGE],
        "older": found[A_PAGE - 1].pk if len(found) > A_PAGE else None,
        "reads_all": _reads_all(request, found),
    }
    return render(request, "campaigns/news.html", context)


def _reads_all(request: HttpRequest, updates: list[Update]) -> bool:
    """Whether the visitor may read what is for supporters; asked only where there is any."""
    closed = next((update for update in updates if update.is_for_backers), None)
    return closed is None or access.reads_for_backers(request.user, closed.campaign)


@require_safe
@same_for_strangers
def update_page(request: HttpRequest, slug: str, update_id: UUID) -> HttpResponse:
    """One piece of news. Who may not read it is told who may; a draft is there for its workshop alone."""
    rows = Update.objects.select_related("campaign__fund", "campaign__facility", "author")
    update = get_object_or_404(rows, campaign__slug=slug, pk=update_id)
    may_read = access.may_read(request.user, update)
    if not may_read and (update.state == Update.State.DRAFT or update.campaign.fund_id is None):
        raise Http404
    context = {"campaign": update.campaign, "update": update, "may_read": may_read}
    return render(request, "campaigns/update.html", context, status=200 if may_read else 403)
