"""Errors in the shape that Stripe gives them."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """An error answer: HTTP status and the `error` object's fields."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message} | {
            name: value for name, value in fields.items() if value is not None
        }
        super().__init__(message)


def invalid(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> StripeError:
    """The request is wrong, or the object is not in the state for it."""
    return StripeError(status, "invalid_request_error", message, code=code, param=param)


def missing(kind: str, key: str) -> StripeError:
    return invalid(f"No such {kind}: '{key}'", code="resource_missing", param="id", status=404)
