"""What a request tells about the person behind it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from rest_framework.request import Request

from members import zones
from members.acting import choices_of
from members.models import Member, Organisation
from members.second_factor import withholds_roles


def member_of(request: HttpRequest | Request) -> Member:
    """The logged-in member; for views that require one. Raises TypeError otherwise, a mistake in the code."""
    if not isinstance(request.user, Member):
        raise TypeError("This view needs a logged-in member.")
    return request.user


class Acting(NamedTuple):
    """For whom a member acts now: `organisation`, or None for themselves; and whom else they could act for."""

    organisation: Organisation | None
    choices: list[Organisation]


_ACTING_KEY = "acting_for"


def acting(request: HttpRequest) -> Acting:
    """For whom the request acts; asked once for a request. Whoever lost their role acts for themselves again."""
    kept: Acting | None = getattr(request, "_acting", None)
    if kept is None:
        kept = _find_acting(request)
        request._acting = kept  # type: ignore[attr-defined]
    return kept


def act_for(request: HttpRequest, organisation: Organisation | None) -> None:
    """From now on, and until the log-out, act for `organisation`, or for oneself."""
    request.session[_ACTING_KEY] = str(organisation.pk) if organisation else ""
    request.__dict__.pop("_acting", None)


def _find_acting(request: HttpRequest) -> Acting:
    # What is refused before anybody has looked who asks is nobody's.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(getattr(request, "user", None), Member):
        return Acting(None, [])
    member = member_of(request)
    choices = list(choices_of(member))
    chosen = request.session.get(_ACTING_KEY, "")
    organisation = next((one for one in choices if str(one.pk) == chosen), None)
    if organisation is not None and withholds_roles(member):
        organisation = None
    return Acting(organisation, choices)


def in_zone_for(request: HttpRequest, place: str) -> AbstractContextManager[None]:
    """Within it a stranger reads times in the zone `place`; members go on reading them in their own."""
    return nullcontext() if isinstance(request.user, Member) else timezone.override(zones.named(place))


def address_of(request: HttpRequest | Request) -> str | None:
    """The network address that consents are stored with; the proxy in front sets it."""
    address: str | None = request.META.get("REMOTE_ADDR") or None
    return address


def allowed_return(url: str) -> bool:
    """Whether a card page may send people back to `url`: this site, or an origin that the installation names."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" in (settings.SITE_URL, *settings.RETURN_URL_ORIGINS)


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `acting`, asked for only by templates that show it."""
    return {"acting": SimpleLazyObject(lambda: acting(request))}


def to_second_factor(request: HttpRequest) -> HttpResponse:
    """Lead whoever holds a role to set up the second factor that is missing."""
    messages.warning(
        request,
        _("You act for others here. Before that, set up a second factor: an app on your phone that shows a code."),
    )
    return redirect("mfa_activate_totp")


def next_page(request: HttpRequest) -> str:
    """Where to go on, as the form or the address says, if it is a page of this site; else the front page."""
    following = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure()):
        return following
    return "/"
