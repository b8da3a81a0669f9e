"""A member's language and time zone, pages that are for them alone, and terms that they have not agreed to."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from members import accepting
from members.clock import PRESENT
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


# One reads what one is asked to agree to, looks after one's account, leaves with one's data, and mends a card by the
# mail's link; programs are told by their own means.
WITHOUT_TERMS = (
    *("/accounts/", "/imprint/", "/me/", "/privacy/", "/terms/"),
    *("/api/", "/media/", "/static/", "/support/"),
)


def ask_for_terms(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a member who has not agreed to the terms in force is shown them first, then goes on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        member = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if (
            isinstance(member, Member)
            and not request.path.startswith(WITHOUT_TERMS)
            and accepting.terms_to_accept(member, now=PRESENT) is not None
        ):
            # What was typed is lost, once for each version of the terms.
            following = request.get_full_path() if request.method in ("GET", "HEAD") else "/me/"
            return redirect(f"{reverse('members:accept')}?{urlencode({'next': following})}")
        return get_response(request)

    return middleware
