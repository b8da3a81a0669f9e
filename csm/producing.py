"""The producer's dashboard: what their campaigns and batches have, what will come of it, and what waits to be done."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.checklist import missing_for_launch
from campaigns.models import Campaign
from csm.progress_chart import growth
from csm.waiting import waiting_for
from facilities.models import Facility
from funding import sources, totals
from funding.forecasting import Forecast, Past, forecast
from funding.models import Fund
from funding.progress import Progress
from members import zones
from members.clock import database_now
from members.models import Member, Membership
from members.requests import member_of
from orders.models import Run

Role = Membership.Role
# Who follows the money: as in `campaigns.access.may_follow_money`.
FOLLOWING = (Role.OWNER, Role.PRODUCER, Role.TREASURER)
# Of each kind on one page; the admin lists them all.
MOST = 30
# What lacks is asked for each draft by itself, at some queries each: the admin has the rest.
MOST_DRAFTS = 4
DAYS_SHOWN = 14
BEFORE_THE_CLOSE = (Fund.State.OPEN, Fund.State.CLOSING)


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign or a batch with how it stands, and what is expected while that is open."""

    what: Any
    progress: Progress
    forecast: Forecast | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with what keeps it from being launched."""

    campaign: Campaign
    missing: list[ValidationError]


def _organisations(member: Member) -> list[UUID]:
    """Those whose money the member may follow."""
    held = Membership.objects.filter(member=member, role__in=FOLLOWING)
    return list(held.values_list("organisation_id", flat=True).distinct())


def _rows(shown: list[Any], past: dict[UUID, Past]) -> list[Row]:
    standings = totals.standings(one.fund_id for one in shown)
    rows = []
    for one in shown:
        progress = Progress(one.fund, standings[one.fund_id])
        rows.append(Row(one, progress, _forecast(progress, past.get(one.facility.organisation_id, Past()))))
    return rows


def _forecast(progress: Progress, past: Past) -> Forecast | None:
    """None once the cards are called: then what arrives is counted, not guessed."""
    if progress.fund.state not in BEFORE_THE_CLOSE:
        return None
    return forecast(secured=progress.fund.money(progress.standing.secured_minor), minimum=progress.minimum, past=past)


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everything that the member produces, what needs doing first."""
    member, now = member_of(request), database_now()
    ids = _organisations(member)
    past = sources.pasts(ids)
    launched = Campaign.objects.public().of_organisations(ids).select_related("fund", "facility")
    drafts = Campaign.objects.filter(fund=None, facility__organisation__in=ids).select_related("facility")
    runs = Run.objects.with_names().of_organisations(ids)
    context = {
        "acts": bool(ids),
        "waiting": waiting_for(member),
        "campaigns": _rows(list(launched.order_by("-fund__opened_at")[:MOST]), past),
        "drafts": [
            Draft(draft, missing_for_launch(draft, now=now))
            for draft in drafts.select_related("facility__organisation").prefetch_related("budget")[:MOST_DRAFTS]
        ],
        "runs": _rows(list(runs.order_by("-opened_at")[:MOST]), past),
        "now": now,
    }
    return render(request, "producing/overview.html", context)


@login_required
@require_safe
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the member's own campaigns in figures; somebody else's does not exist for them."""
    ids = _organisations(member_of(request))
    own = Campaign.objects.public().of_organisations(ids).select_related("fund", "facility")
    shown = get_object_or_404(own, slug=slug)
    assert shown.fund is not None  # noqa: S101  (public ones have a fund)
    context = {"campaign": shown, "title": shown.title, **_figures(shown.fund, shown.facility)}
    return render(request, "producing/collection.html", context)


@login_required
@require_safe
def batch(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One of the member's own batches in figures."""
    ids = _organisations(member_of(request))
    shown = get_object_or_404(Run.objects.with_names().of_organisations(ids), pk=run_id)
    context = {"run": shown, "title": shown.fund.title, **_figures(shown.fund, shown.facility)}
    return render(request, "producing/collection.html", context)


def _figures(fund: Fund, facility: Facility) -> dict[str, Any]:
    """Progress in time, where it comes from, and what is expected; days are those of the workshop."""
    now, zone = database_now(), zones.named(facility.time_zone)

    def day(at: datetime.datetime) -> datetime.date:
        return timezone.localtime(at, zone).date()

    progress = Progress(fund, totals.standing(fund.pk))
    expected = _forecast(progress, sources.pasts([facility.organisation_id]).get(facility.organisation_id, Past()))
    days = sources.by_day(fund, zone)
    return {
        "progress": progress,
        "forecast": expected,
        "chart": growth(
            days,
            opened_on=day(fund.opened_at),
            today=day(min(now, fund.closed_at or now)),
            ends_on=day(fund.deadline_at),
            minimum_minor=fund.minimum_minor,
            safe_minor=expected.safe_line.minor if expected else None,
        ),
        "days": days[::-1][:DAYS_SHOWN],
        "earlier": days[::-1][DAYS_SHOWN:],
        "sources": sources.sources(fund),
        "now": now,
    }
