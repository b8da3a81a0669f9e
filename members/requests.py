"""What a request tells about the person behind it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from members import zones
from members.models import Member


def member_of(request: HttpRequest | Request) -> Member:
    """The logged-in member; for views that require one. Raises TypeError otherwise, a mistake in the code."""
    if not isinstance(request.user, Member):
        raise TypeError("This view needs a logged-in member.")
    return request.user


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
