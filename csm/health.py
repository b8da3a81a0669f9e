"""Whether the process is alive, and whether everything that it needs answers."""

from __future__ import annotations

from collections.abc import Callable

import redis
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

_HEARTBEAT = "csm:worker-heartbeat"
HEARTBEAT_SECONDS = 180


def answer_probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, to stand first: a probe asks a process by its address, not by the site's name or through its proxy."""
    probes: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}

    def middleware(request: HttpRequest) -> HttpResponse:
        return probes.get(request.path_info, get_response)(request)

    return middleware


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker, and a worker that was there lately; 503 when one of them is not."""
    broker, worker = _broker_and_worker()
    parts = {"database": _database(), "broker": broker, "worker": worker}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


@shared_task(name="csm.heartbeat")
def heartbeat() -> None:
    """A worker says that it is there."""
    _redis().set(_HEARTBEAT, "1", ex=HEARTBEAT_SECONDS)


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_and_worker() -> tuple[bool, bool]:
    try:
        return True, bool(_redis().exists(_HEARTBEAT))
    except redis.RedisError:
        return False, False
