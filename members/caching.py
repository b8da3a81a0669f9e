"""Pages that are the same for everybody who is not logged in."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language

SECONDS = 5
# Whoever brings one of these may be shown what is for nobody else: their name, a word about what they just did.
PERSONAL_COOKIES = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}
View = Callable[..., HttpResponse]


def same_for_strangers(view: View) -> View:
    """Answer a stranger's GET from Redis for five seconds, with an ETag, so that an unchanged page costs no byte.

    Whoever has a session, or is told something, is shown a fresh page. Without Redis every page is fresh.
    """

    @functools.wraps(view)
    def cached(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not PERSONAL_COOKIES.isdisjoint(request.COOKIES) or request.META.get("QUERY_STRING"):
            return view(request, *args, **kwargs)
        key = f"page:{get_language()}:{request.path}"
        kept: tuple[str, bytes] | None = cache.get(key)
        if kept is None:
            fresh = view(request, *args, **kwargs)
            if fresh.status_code != 200:
                return fresh
            kept = (quote_etag(hashlib.sha256(fresh.content).hexdigest()[:32]), fresh.content)
            cache.set(key, kept, SECONDS)
        etag, content = kept
        response: HttpResponse = (
            HttpResponseNotModified() if request.headers.get("If-None-Match") == etag else HttpResponse(content)
        )
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "no-cache"
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return cached
