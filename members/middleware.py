"""What stands before every page of a member: their language and time zone, their privacy, the terms, the second factor."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from members import accepting, second_factor
from members.clock import PRESENT
from members.models import Member
from members.requests import to_second_factor


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
    *("/accounts/", "/imprint/", "/me/data/", "/me/erasure/", "/me/profile/", "/privacy/", "/terms/"),
    *("/api/", "/media/", "/static/", "/support/"),
)


def _binds_nobody(request: HttpRequest) -> bool:
    """Whether a page may be used by whoever has not agreed: what is one's own is looked at, and taken back."""
    path = request.path
    if path.startswith(WITHOUT_TERMS) or path.endswith("/withdraw/"):
        return True
    return path.startswith("/me/") and request.method in ("GET", "HEAD") and not path.startswith("/me/prices/")


def ask_for_terms(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a member who has not agreed to the terms in force is shown them first, then goes on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        member = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if (
            isinstance(member, Member)
            and not _binds_nobody(request)
            and accepting.terms_to_accept(member, now=PRESENT) is not None
        ):
            # What was typed is lost, once for each version of the terms.
            following = request.get_full_path() if request.method in ("GET", "HEAD") else "/me/"
            return redirect(f"{reverse('members:accept')}?{urlencode({'next': following})}")
        return get_response(request)

    return middleware


# How often the time at which a browser was seen last is written down, in seconds.
SEEN_EVERY = 600


def note_when_seen(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: when each browser in which one is logged in was seen last, for the list under the profile."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key and isinstance(request.user, Member) and cache.add(f"seen:{key}", 1, SEEN_EVERY):
            UserSession.objects.filter(session_key=key).update(last_seen_at=PRESENT)
        return get_response(request)

    return middleware


def ask_for_second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: whoever holds a role without a second factor is led to set one up before the admin, and wherever the
    lack of it closed a door (`members.access.holds_role`)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and _lacks_second_factor(request):
            return to_second_factor(request)
        response = get_response(request)
        closed = response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
        if closed and not request.path.startswith(("/api/", "/accounts/")) and _lacks_second_factor(request):
            return to_second_factor(request)
        return response

    return middleware


def _lacks_second_factor(request: HttpRequest) -> bool:
    if not settings.MFA_FOR_ROLES or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return isinstance(request.user, Member) and second_factor.is_missing(request.user)
