"""Keeping all workers together below the rate of requests that Stripe allows an account.

The rate is shared through Redis. Without Redis each process keeps to a quarter of it by itself: slower, still safe.
"""

from __future__ import annotations

import logging
import threading
import time

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

# One line of requests, evenly spaced by Redis' own clock (the generic cell rate algorithm with no burst):
# each caller takes the next free place and is told how many microseconds away it is.
_TAKE_PLACE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local spacing = tonumber(ARGV[1])
local place = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', place + spacing), 'PX', 60000)
return string.format('%.0f', place - now)
"""

_PROCESSES_ASSUMED = 4
_lock = threading.Lock()
_next_place = 0.0
_shared: redis.Redis | None = None


def wait_for_place(stripe_account: str) -> None:
    """Sleep until this request's turn; at once when requests are rarer than the allowed rate."""
    delay = _place_in_redis(stripe_account)
    if delay is None:
        delay = _place_in_this_process()
    if delay > 0:
        time.sleep(delay)


def _place_in_redis(stripe_account: str) -> float | None:
    """Seconds until the next free place, or None when Redis does not answer."""
    global _shared
    if _shared is None:
        _shared = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    spacing = 1_000_000 // settings.STRIPE_REQUESTS_PER_SECOND
    try:
        return int(_shared.eval(_TAKE_PLACE, 1, f"csm:stripe-rate:{stripe_account}", spacing)) / 1_000_000
    except redis.RedisError:
        logger.warning("Redis does not answer: requests to Stripe are paced by each process alone.")
        return None


def _place_in_this_process() -> float:
    global _next_place
    with _lock:
        now = time.monotonic()
        place = max(now, _next_place)
        _next_place = place + _PROCESSES_ASSUMED / settings.STRIPE_REQUESTS_PER_SECOND
        return place - now
