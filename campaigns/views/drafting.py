"""A draft on its way to the launch: its preview for friends, and what its producers and reviewers do on its page."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns import access, budgeting, reviewing
from campaigns.forms import PlanForm, ReasonForm
from campaigns.models import Campaign
from campaigns.views.finding import readable
from campaigns.views.pages import show
from members.clock import database_now
from members.models import Member
from members.requests import in_zone_for, member_of


@require_safe
@never_cache
def preview(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The draft, for whoever was given its link; nobody can support it. After the launch it leads to the campaign."""
    campaign = get_object_or_404(Campaign.objects.select_related("fund", "facility"), slug=slug)
    if not campaign.preview_key or not constant_time_compare(campaign.preview_key, key):
        raise Http404
    if campaign.fund is not None:
        return redirect(campaign)
    return show(request, campaign, is_preview=True)


@require_POST
def draft_step(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """One step of a draft towards its launch, or back."""
    campaign, now = readable(request, slug), database_now()
    if campaign.fund is not None:
        return redirect(campaign)
    reviews = step in ("approve", "ask")
    may = access.may_review if reviews else access.may_manage
    if not may(request.user, campaign):
        raise PermissionDenied
    try:
        messages.success(request, _do(request, campaign, step, by=member_of(request), now=now))
    except ValidationError as refusal:
        for text in refusal.messages:
            messages.error(request, text)
    # A reviewer who asked for changes cannot read the draft any more.
    campaign.refresh_from_db()
    return redirect(campaign if access.may_see_draft(request.user, campaign) else "home")


def _do(request: HttpRequest, campaign: Campaign, step: str, *, by: Member, now: datetime.datetime) -> str:
    if step == "submit":
        reviewing.submit(campaign, by=by, now=now)
        return str(_("Sent to review. You get a mail when somebody has looked at it."))
    if step == "back":
        reviewing.take_back(campaign, by=by, now=now)
        return str(_("It is a draft again, and yours to change."))
    if step == "approve":
        reviewing.approve(campaign, by=by, now=now)
        return str(_("Approved. Its producers were told."))
    if step == "ask":
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["why"] if form.is_valid() else ""
        reviewing.ask_for_changes(campaign, by=by, now=now, why=reason)
        return str(_("Sent back with your words. Its producers were told."))
    if step == "agree":
        budgeting.agree(campaign, words=request.POST.get("words", ""), by=by, now=now)
        return str(_("Noted, with your name and the words."))
    if step == "link":
        reviewing.renew_preview(campaign, by=by, now=now)
        return str(_("Here is a new link. Links that you gave away before lead nowhere now."))
    if step == "plan":
        with in_zone_for(request, campaign.facility.time_zone):
            plan = PlanForm(request.POST)
            if not plan.is_valid():
                raise ValidationError(_("Say a day and a time."), code="launch_at_wrong")
            reviewing.schedule(campaign, at=plan.cleaned_data["launch_at"], by=by, now=now)
        return str(_("Noted."))
    raise Http404
