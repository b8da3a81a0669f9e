"""What an organiser does about a launched campaign beside its news: stretch goals, more of a reward, a later
deadline, and what was spent."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import access, budgeting, extending
from campaigns.forms import CapForm, ExtensionForm, SpendingForm, StretchGoalForm
from campaigns.models import Campaign, StretchGoal
from campaigns.views.finding import launched
from funding.models import Fund
from members.clock import database_now
from members.models import Member
from members.requests import member_of

Deed = Callable[[Any, Member, datetime.datetime], str]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organise(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that can still be done, each with a form of its own; the button's name says which was sent."""
    campaign, fund = launched(slug, "fund__receiver", "facility__organisation")
    if not access.may_follow_money(request.user, campaign):
        raise PermissionDenied
    now = database_now()
    offered = _offered(request, campaign, now)
    sent = request.POST.get("do", "")
    if request.method == "POST" and sent not in offered:
        raise Http404
    forms_of: dict[str, forms.Form] = {}
    for name, (form, deed) in offered.items():
        bound = form(campaign, request.POST) if name == sent else form(campaign)
        forms_of[name] = bound
        if name == sent and bound.is_valid():
            try:
                messages.success(request, deed(bound, member_of(request), now))
                return redirect("campaigns:organise", slug)
            except ValidationError as refusal:
                bound.add_error(None, refusal.messages)
    context = {"campaign": campaign, "fund": fund, "forms": forms_of, "now": now}
    return render(request, "campaigns/organise.html", context)


def _offered(request: HttpRequest, campaign: Campaign, now: datetime.datetime) -> dict[str, tuple[Any, Deed]]:
    assert campaign.fund is not None  # noqa: S101  (it is launched)
    offered: dict[str, tuple[Any, Deed]] = {}
    manages = access.may_manage(request.user, campaign)
    if manages and campaign.fund.takes_commitments(now):
        offered["stretch"] = (StretchGoalForm, _add_stretch_goal)
        if campaign.tiers.filter(cap__isnull=False).exists():
            offered["cap"] = (CapForm, _raise_cap)
    if manages and campaign.fund.state == Fund.State.OPEN and campaign.fund.extended_at is None:
        offered["extend"] = (ExtensionForm, _extend)
    if campaign.fund.state in budgeting.FUNDED:
        offered["spend"] = (SpendingForm, _spend)
    return offered


def _add_stretch_goal(form: StretchGoalForm, by: Member, now: datetime.datetime) -> str:
    given = form.cleaned_data
    goal = StretchGoal(
        campaign=form.campaign, amount_minor=given["amount"].minor, title=given["title"], unlocks=given["unlocks"]
    )
    budgeting.add_stretch_goal(goal, now=now)
    return _("Added. It stays as it is from now on.")


def _raise_cap(form: CapForm, by: Member, now: datetime.datetime) -> str:
    extending.raise_cap(form.cleaned_data["tier"], cap=form.cleaned_data["cap"], by=by, now=now)
    return _("There are more of it now.")


def _extend(form: ExtensionForm, by: Member, now: datetime.datetime) -> str:
    extending.extend(form.campaign, deadline_at=form.cleaned_data["deadline_at"], by=by, now=now)
    return _("The deadline has moved. Everybody who promised is told by mail, and that they may withdraw.")


def _spend(form: SpendingForm, by: Member, now: datetime.datetime) -> str:
    given = form.cleaned_data
    budgeting.spend(
        given["line"],
        amount=given["amount"],
        evidence=given["evidence"],
        spent_on=given["spent_on"],
        by=by,
        now=now,
    )
    return _("Written down. Everybody sees it on the campaign's page.")
