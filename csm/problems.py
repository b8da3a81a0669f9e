"""Errors of the API as problem documents (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE = "application/problem+json"
# Refusals that are over by themselves: 503, so that the same request can be tried again with its key.
PASSING = {"card_page_unavailable"}


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "No request of this API is as large as this one."


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: a refusal of a verb (422) or of DRF, with its code; None leaves a bug a 500."""
    if isinstance(error, ValidationError):
        return _refusal(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    if isinstance(error, exceptions.ValidationError):
        body = problem(error.status_code, "invalid", "What was sent is not valid; see errors.")
        body["errors"] = list(_flat(error.get_full_details(), ""))
    else:
        code = error.get_codes()
        body = problem(error.status_code, code if isinstance(code, str) else error.default_code, str(error.detail))
    return Response(body, status=error.status_code, headers=headers, content_type=CONTENT_TYPE)


def problem(status: int, code: str, detail: str) -> dict[str, Any]:
    """One problem document; `code` is stable, `detail` is for people."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}


def _refusal(error: ValidationError) -> Response:
    set_rollback()
    by_field = getattr(error, "error_dict", {})
    single = [one for errors in by_field.values() for one in errors] or error.error_list
    passing = any(one.code in PASSING for one in single)
    status = HTTPStatus.SERVICE_UNAVAILABLE if passing else HTTPStatus.UNPROCESSABLE_ENTITY
    body = problem(status, single[0].code or "invalid", " ".join(error.messages))
    if len(single) > 1:
        body["errors"] = [{"code": one.code or "invalid", "detail": " ".join(one.messages)} for one in single]
    return Response(body, status=status, content_type=CONTENT_TYPE)


def _flat(details: Any, pointer: str) -> Any:
    """Every error of a nested report with a JSON Pointer to its field."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"pointer": pointer, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _flat(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(details, list):
        for inner in details:
            yield from _flat(inner, pointer)
