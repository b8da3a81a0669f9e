"""What is answered when something is not there or went wrong: pages for people, problem documents for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.views import defaults

from csm.problems import CONTENT_TYPE, problem


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what cannot be read, or names a host that is not ours."""
    if request.path.startswith("/api/"):
        body = problem(400, "bad_request", "Something in this request is malformed.")
        return JsonResponse(body, status=400, content_type=CONTENT_TYPE)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for what no view knows."""
    if request.path.startswith("/api/"):
        return JsonResponse(problem(404, "not_found", "Nothing is here."), status=404, content_type=CONTENT_TYPE)
    return defaults.page_not_found(request, exception)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that cannot prove where it was filled in: what to do about it."""
    context = {"no_cookie": reason == REASON_NO_CSRF_COOKIE}
    return render(request, "403_csrf.html", context, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; says nothing about the cause, which the log has."""
    if request.path.startswith("/api/"):
        body = problem(500, "server_error", "Something broke on our side; a keyed request can be sent again.")
        return JsonResponse(body, status=500, content_type=CONTENT_TYPE)
    return defaults.server_error(request)
