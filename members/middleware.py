"""A member's language and time zone."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from members.models import Member


def as_the_member_likes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: for whoever has a session, times in their zone and words in their language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Without a session cookie there is nobody to ask for, and nothing is read.
        member = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if not isinstance(member, Member):
            return get_response(request)
        with timezone.override(member.zone), translation.override(member.locale):
            return get_response(request)

    return middleware
