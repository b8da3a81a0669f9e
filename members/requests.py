"""What a request tells about the person behind it."""

from __future__ import annotations

from django.http import HttpRequest

from members.models import Member


def member_of(request: HttpRequest) -> Member:
    """The logged-in member; for views that require one. Raises TypeError otherwise, a mistake in the code."""
    if not isinstance(request.user, Member):
        raise TypeError("This view needs a logged-in member.")
    return request.user


def address_of(request: HttpRequest) -> str | None:
    """The network address that consents are stored with; the proxy in front sets it."""
    address: str | None = request.META.get("REMOTE_ADDR") or None
    return address
