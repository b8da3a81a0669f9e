"""Pages that join the apps."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from post_office.models import Email

from campaigns.models import Campaign, Pledge
from campaigns.showing import with_progress
from csm.waiting import waiting_for
from facilities.models import Facility
from facilities.views import facility_context
from funding.models import Commitment, Fund
from members.clock import database_now
from members.requests import member_of
from orders import views as run_pages
from orders.models import Order, Run
from products import views as product_pages


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and what can be supported now."""
    running = Campaign.objects.public().filter(fund__state__in=(Fund.State.OPEN, Fund.State.COLLECTING, Fund.State.MET))
    campaigns = list(
        running.select_related("fund", "facility").order_by(
            F("fund__closed_at").desc(nulls_first=True), "fund__deadline_at"
        )[:6]
    )
    return render(request, "home.html", {"campaigns": with_progress(campaigns), "now": database_now()})


@require_safe
def design(request: HttpRequest, slug: str) -> HttpResponse:
    """An open design with its cost, and the batches that one can join now."""
    revision = product_pages.newest(slug)
    now = database_now()
    runs = Run.objects.with_names().taking_orders(now).filter(revision__design=revision.design)
    joined = {"runs": run_pages.with_progress(list(runs[:6])), "now": now}
    return render(request, "design.html", product_pages.design_context(request, revision) | joined)


@require_safe
def facility(request: HttpRequest, slug: str) -> HttpResponse:
    """A workshop, with what is wanted and what is made there now."""
    shown = get_object_or_404(Facility.objects.select_related("organisation"), slug=slug)
    now = database_now()
    campaigns = Campaign.objects.public().filter(facility=shown, fund__state=Fund.State.OPEN)
    runs = Run.objects.with_names().taking_orders(now).filter(facility=shown)
    joined = {
        "campaigns": with_progress(list(campaigns.select_related("fund", "facility")[:6])),
        "runs": run_pages.with_progress(list(runs[:6])),
        "now": now,
    }
    return render(request, "facility.html", facility_context(shown) | joined)


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Everything one supports, what needs doing first; before it, what waits for whoever acts for a workshop."""
    member = member_of(request)
    pledges = (
        Pledge.objects.of_member(member)
        .exclude(commitment__state=Commitment.State.ABANDONED)
        .with_lines()
        .select_related("campaign", "commitment__fund", "commitment__card", "commitment__payment")
        .prefetch_related("commitment__payment__refunds")
        .order_by("-id")
    )
    orders = (
        Order.objects.of_member(member)
        .exclude(commitment__state=Commitment.State.ABANDONED)
        .select_related("run__revision__design", "run__fund", "quote")
        .select_related("commitment__fund", "commitment__card", "commitment__payment")
        .prefetch_related("commitment__payment__refunds")
        .order_by("-id")
    )
    waiting = (Commitment.State.DECLINED, Commitment.State.ACTION_REQUIRED, Commitment.State.DRAFT)
    ordered = sorted(pledges, key=lambda pledge: pledge.commitment.state not in waiting)
    context = {"pledges": ordered, "orders": orders, "waiting": waiting_for(member), "now": database_now()}
    return render(request, "me.html", context)


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that would have been sent; in development only, where none is."""
    return render(request, "outbox.html", {"mails": Email.objects.order_by("-id")[:100]})
