"""A member's language and time zone, and pages that are for them alone."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from members.models import Member


def as_the_member_likes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: for whoever has a session, times in their zone, words in their language, and nothing kept on the way."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Without a session cookie there is nobody to ask for, and nothing is read.
        member = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if not isinstance(member, Member):
            return get_response(request)
        with timezone.override(member.zone), translation.override(member.locale):
            response = get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware
