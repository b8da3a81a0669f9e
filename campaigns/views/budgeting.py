"""A draft's minimum, goal and safe line, with what producers forget, reckoned while they type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import access, budgeting, reckoning
from campaigns.forms import ExpectedForm
from campaigns.models import Campaign
from campaigns.views.finding import readable
from members.clock import database_now
from payments.money import Money

# What a supporter gives on average, in whole units, where no reward says it.
USUAL = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def budget(request: HttpRequest, slug: str) -> HttpResponse:
    """Reckon with what is typed; written into the draft by the button alone."""
    campaign = readable(request, slug)
    if not access.may_manage(request.user, campaign):
        raise PermissionDenied
    if campaign.stage != Campaign.Stage.DRAFT:
        return redirect(campaign)
    first = _first(campaign)
    form = ExpectedForm(campaign, request.POST or request.GET or first, initial=first)
    context: dict[str, Any] = {"campaign": campaign, "form": form}
    if form.is_valid():
        expected = _expected(form, campaign)
        campaign.minimum_minor, campaign.goal_minor = (form.cleaned_data[name].minor for name in ("minimum", "goal"))
        if request.method == "POST":
            try:
                budgeting.take_over(campaign, expected, now=database_now())
            except ValidationError as refusal:
                for text in refusal.messages:
                    messages.error(request, text)
            else:
                messages.success(request, _("Taken over into the budget. Each line can be changed by hand."))
                return redirect(campaign)
        context |= _reckoned(campaign, expected)
    return render(request, "campaigns/budget.html", context)


def _expected(form: ExpectedForm, campaign: Campaign) -> reckoning.Expected:
    given = form.cleaned_data
    return reckoning.Expected(
        promises=given["promises"],
        loss_percent=given["loss_percent"],
        tax_percent=given["tax_percent"],
        reward_minor=given["reward"].minor,
        organising_hours=given["organising_hours"],
        wage_minor=campaign.facility.wage_minor,
    )


def _reckoned(campaign: Campaign, expected: reckoning.Expected) -> dict[str, Any]:
    """The proposed lines, what is left for the rest, and whether the rest costs that."""
    lines = budgeting.proposed(campaign, expected)
    currency, minimum = campaign.currency, Money(campaign.minimum_minor, campaign.currency)
    forgotten = sum(line.amount_minor for line in lines)
    own = sum(line.amount_minor for line in campaign.budget.all() if line.kind not in budgeting.RECKONED)
    return {
        "lines": lines,
        "minimum": minimum,
        "goal": Money(campaign.goal_minor, currency),
        "safe": reckoning.safe_line(minimum, expected.loss_percent),
        "left": Money(campaign.goal_minor - forgotten, currency),
        "own": Money(own, currency),
        "differs": Money(campaign.goal_minor - forgotten - own, currency),
        "lacks": Money(own + forgotten - campaign.goal_minor, currency),
    }


def _first(campaign: Campaign) -> dict[str, Any]:
    """What the form starts with."""
    amounts = [tier.amount_minor for tier in campaign.tiers.all()]
    usual = sum(amounts) // len(amounts) if amounts else Money.parse(str(USUAL), campaign.currency).minor
    return {
        "minimum": str(Money(campaign.minimum_minor, campaign.currency).decimal),
        "goal": str(Money(campaign.goal_minor, campaign.currency).decimal),
        "promises": max(1, campaign.goal_minor // usual),
        "loss_percent": Decimal(5),
        "tax_percent": Decimal(0),
        "reward": "0",
        "organising_hours": Decimal(0),
    }
