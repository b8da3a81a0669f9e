"""What carries a campaign elsewhere: its picture, a widget for other sites, a square code, a poster, feeds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.http import quote_etag
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from campaigns import drawing
from campaigns.discovering import STATES, Stands
from campaigns.models import Campaign
from campaigns.showing import with_progress
from campaigns.views.finding import launched
from facilities.models import Facility
from funding.models import Fund
from funding.progress import Progress
from members import zones
from members.caching import same_for_strangers
from members.clock import database_now
from members.requests import in_zone_for
from payments.writing import written

# A picture of one state never changes; how long one is kept that somebody may still ask for.
KEPT_SECONDS = 24 * 3600
# How long others may show an old one.
STALE_SECONDS = 300


def shared(campaign: Campaign) -> dict[str, str]:
    """The addresses under which a launched campaign is carried elsewhere, and the lines that embed it."""
    page = f"{settings.SITE_URL}{campaign.get_absolute_url()}"
    return {
        "page": page,
        "picture": f"{settings.SITE_URL}{reverse('campaigns:picture', args=[campaign.slug])}",
        "embed": format_html(
            '<iframe src="{}" title="{}" width="100%" height="420" style="border:0;max-width:24rem" loading="lazy">'
            "</iframe>",
            f"{settings.SITE_URL}{reverse('campaigns:widget', args=[campaign.slug])}",
            campaign.title,
        ),
    }


def described(campaign: Campaign, facility: Facility) -> str:
    """The campaign in schema.org's words, as JSON that can stand in a page."""
    place: dict[str, Any] = {
        "@type": "Place",
        "name": facility.name,
        "address": {
            "@type": "PostalAddress",
            "addressLocality": facility.locality,
            "addressCountry": facility.country,
        },
    }
    if facility.latitude is not None:
        place["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": float(facility.latitude),
            "longitude": float(facility.longitude or 0),
        }
    links = shared(campaign)
    said = {
        "@context": "https://schema.org",
        "@type": "Project",
        "name": campaign.title,
        "description": campaign.summary,
        "url": links["page"],
        "image": links["picture"],
        "location": place,
    }
    # Nothing in it ends the script that it stands in.
    return json.dumps(said, ensure_ascii=False).translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"})


@require_safe
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture for social networks, drawn once for each state that it shows."""
    campaign, fund = launched(slug)
    card = _card(campaign, with_progress([campaign])[0].progress, fund)
    told = json.dumps(asdict(card)) + drawing.__file__
    key = hashlib.sha256(told.encode()).hexdigest()[:32]
    etag = quote_etag(key)
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        drawn: bytes | None = cache.get(f"picture:{key}")
        if drawn is None:
            drawn = drawing.picture(card)
            cache.set(f"picture:{key}", drawn, KEPT_SECONDS)
        response = HttpResponse(drawn, content_type="image/png")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={STALE_SECONDS}"
    return response


def _card(campaign: Campaign, progress: Progress, fund: Fund) -> drawing.Card:
    number = progress.number
    if progress.counts_arrived:
        counts = ngettext("arrived in %(n)d payment", "arrived in %(n)d payments", number)
    else:
        counts = ngettext("in %(n)d promise", "in %(n)d promises", number)
    ends = timezone.localtime(fund.deadline_at, zones.named(campaign.facility.time_zone))
    stands = next(label for label, states in STATES.items() if fund.state in states)
    return drawing.Card(
        place=f"{campaign.facility.name}, {campaign.facility.locality}",
        title=campaign.title,
        have=written(progress.have),
        counts=counts % {"n": number},
        minimum=_("Decides at %(minimum)s") % {"minimum": written(progress.minimum)},
        goal=_("Goal %(goal)s") % {"goal": written(progress.goal)},
        when=_("Until %(day)s") % {"day": formats.date_format(ends, "DATE_FORMAT")}
        if fund.state == Fund.State.OPEN
        else str(Stands(stands).label),
        done_permille=progress.done_permille,
        minimum_permille=progress.minimum_permille,
    )


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"], "script-src": [NONE], "form-action": [NONE]})
@same_for_strangers
def widget(request: HttpRequest, slug: str) -> HttpResponse:
    """The campaign as a card on somebody else's page: no cookie, no script, nothing personal.

    It is the one page that others may frame: nothing in it can be clicked but a link to the campaign.
    """
    campaign, _fund = launched(slug)
    shown = with_progress([campaign])[0]
    context = {"campaign": campaign, "progress": shown.progress, "share": shared(campaign), "now": database_now()}
    return render(request, "campaigns/widget.html", context)


@require_safe
def code(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The campaign's address as a square code that phones read."""
    campaign, _fund = launched(slug)
    page = shared(campaign)["page"]
    drawn = drawing.code_svg(page) if kind == "svg" else drawing.code_png(page)
    response = HttpResponse(drawn, content_type="image/svg+xml" if kind == "svg" else "image/png")
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response


@require_safe
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """A sheet of A4 for a notice board, printed by the browser."""
    campaign, _fund = launched(slug)
    context = {
        "campaign": campaign,
        "progress": with_progress([campaign])[0].progress,
        "share": shared(campaign),
        "language": get_language(),
    }
    with in_zone_for(request, campaign.facility.time_zone):
        return render(request, "campaigns/poster.html", context)
