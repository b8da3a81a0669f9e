"""Request rates of the API, kept in Redis, and not enforced while Redis is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:
    # The views read the names of these classes from the settings while they are being imported themselves.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class _Tolerant(SimpleRateThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            # A lost cache must not close the API.
            return True


class AnonymousRate(_Tolerant, AnonRateThrottle):
    """Requests of one network address."""


class MemberRate(_Tolerant, UserRateThrottle):
    """Requests of one member."""
