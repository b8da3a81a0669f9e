"""Pages that join the apps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from post_office.models import Email

from campaigns.models import Campaign, Pledge, Update
from campaigns.showing import with_progress
from csm.waiting import waiting_for
from facilities.models import Facility
from facilities.views import facility_context
from funding.models import Commitment, Fund
from members.caching import same_for_strangers
from members.clock import database_now
from members.models import Member
from members.requests import member_of
from orders import views as run_pages
from orders.models import Order, Run
from products import views as product_pages

# What its payer has to do something about.
WAITING = (Commitment.State.DECLINED, Commitment.State.ACTION_REQUIRED, Commitment.State.DRAFT)


@require_safe
@same_for_strangers
def home(request: HttpRequest) -> HttpResponse:
    """What can be supported and ordered now, what became of what was; for members what needs doing."""
    now = database_now()
    campaigns = Campaign.objects.public().select_related("fund", "facility")
    running = list(
        campaigns.filter(fund__state=Fund.State.OPEN, fund__deadline_at__gt=now).order_by("fund__deadline_at")[:6]
    )
    public = Update.objects.published().filter(audience=Update.Audience.PUBLIC)
    latest = public.filter(campaign=OuterRef("pk")).values("title")[:1]
    over = campaigns.filter(fund__state__in=(Fund.State.MET, Fund.State.SETTLED)).order_by("-fund__decided_at")
    reached = list(over.annotate(news=Subquery(latest))[:3])
    shown = with_progress([*running, *reached])
    runs = Run.objects.with_names().taking_orders(now).order_by("fund__deadline_at")
    context = {
        "campaigns": shown[: len(running)],
        "reached": shown[len(running) :],
        "runs": run_pages.with_progress(list(runs[:3])),
        "now": now,
    }
    if request.user.is_authenticated:
        context |= _to_do(member_of(request))
    return render(request, "home.html", context)


def _to_do(member: Member) -> dict[str, Any]:
    """What of one's own waits for one: cards to mend or to save, and what one's roles ask for."""
    waits = {"commitment__state__in": WAITING}
    pledges = Pledge.objects.of_member(member).filter(**waits).select_related("campaign", "commitment")
    orders = Order.objects.of_member(member).filter(**waits).select_related("run__revision__design", "commitment")
    return {"pledges": pledges[:6], "orders": orders[:6], "waiting": waiting_for(member)}


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
    ordered = sorted(pledges, key=lambda pledge: pledge.commitment.state not in WAITING)
    context = {"pledges": ordered, "orders": orders, "waiting": waiting_for(member), "now": database_now()}
    return render(request, "me.html", context)


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that would have been sent; in development only, where none is."""
    return render(request, "outbox.html", {"mails": Email.objects.order_by("-id")[:100]})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What programs that read the whole web may leave out, and where everything else is listed."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in ("/me/", "/accounts/", "/admin/", "/api/"))]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
