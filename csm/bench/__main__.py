"""Measures pledging, the campaign page, closing and collecting against real servers, and prints ratios."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from campaigns.models import Campaign  # noqa: E402
from csm.bench import floor, world  # noqa: E402
from csm.local_stripe.process import start  # noqa: E402
from funding import closing, collecting, deciding  # noqa: E402
from funding.models import Commitment  # noqa: E402
from members.clock import database_now  # noqa: E402
from payments import stripe_gateway  # noqa: E402


def measure(deed: Callable[[], object], times: int) -> tuple[float, float]:
    """Median wall seconds and mean CPU seconds of this process, of one call."""
    deed()
    walls = []
    before = _cpu()
    for _ in range(times):
        begun = time.perf_counter()
        deed()
        walls.append(time.perf_counter() - begun)
    return statistics.median(walls), (_cpu() - before) / times


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def queries(deed: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        deed()
    return len(
        [query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    )


def line(name: str, wall: float, cpu: float, note: str) -> None:
    print(f"{name:<44} {wall * 1000:8.2f} ms  CPU {cpu * 1000:7.2f} ms  {note}")


def asked(client: Client, campaign: Campaign) -> None:
    """A pledge with a request around it, as the floor has one."""
    client.get("/healthz")
    world.pledge_once(campaign)


def bench_pledging(times: int) -> None:
    """One hot campaign, then many, beside a bare view that writes the same rows with raw SQL."""
    hot = world.campaign("hot")
    client, member = world.member_client("bench-pledger@example.org")
    bare = measure(lambda: floor.pledge(client, hot, member), times)
    line("pledge: bare view, same writes in raw SQL", *bare, "the floor")
    one = measure(lambda: asked(client, hot), times)
    count = queries(lambda: world.pledge_once(hot))
    line("pledge: one hot campaign", *one, f"{one[1] / bare[1]:.2f} × the floor's CPU, {count} SQL")
    many = [world.campaign(f"many-{number}") for number in range(10)]
    turn = iter(range(10**9))
    spread = measure(lambda: asked(client, many[next(turn) % 10]), times)
    line("pledge: ten campaigns in turn", *spread, f"{spread[1] / bare[1]:.2f} × the floor's CPU")
    world.add_secured(hot, 3_000)
    later = measure(lambda: asked(client, hot), times)
    line("pledge: hot, with 3,000 more supporters", *later, f"{later[1] / one[1]:.2f} × with few")


def bench_page(times: int) -> None:
    """The campaign page for strangers, beside a bare view that reads the same rows with raw SQL."""
    campaign = world.campaign("page")
    path = campaign.get_absolute_url()
    client = Client()
    bare = measure(lambda: floor.page(client, campaign), times)
    line("page: bare view, same reads in raw SQL", *bare, "the floor")

    def cold() -> None:
        cache.clear()
        client.get(path)

    line("page: cold", *(cost := measure(cold, times)), f"{cost[1] / bare[1]:.2f} × the floor's CPU")
    line(
        "page: warm", *(cost := measure(lambda: client.get(path), times)), f"{cost[1] / bare[1]:.2f} × the floor's CPU"
    )
    etag = client.get(path).headers["ETag"]
    again: dict[str, Any] = {"headers": {"If-None-Match": etag}}
    line("page: 304", *(cost := measure(lambda: client.get(path, **again), times)), f"{cost[1] / bare[1]:.2f} ×")


def bench_collecting(number: int) -> None:
    """A close of many, and the charging of them by one worker, beside bare calls to the local Stripe."""
    campaign = world.campaign("collect")
    assert campaign.fund is not None
    world.add_secured(campaign, number)
    fund, at = campaign.fund, campaign.fund.deadline_at
    begun = time.perf_counter()
    closing.close_due(fund.pk, now=at)
    closing.fix(fund.pk, required=fund.money(fund.minimum_minor), amounts=None, now=at)
    print(f"{f'closing {number:,} promises':<44} {(time.perf_counter() - begun) * 1000:8.0f} ms")
    some = min(number, 200)
    begun = time.perf_counter()
    for _ in range(some):
        floor.charge()
    bare = (time.perf_counter() - begun) / some
    begun, done = time.perf_counter(), 0
    while claimed := collecting.claim_due(now=at, limit=50):
        for pk in claimed:
            collecting.collect(pk, now=at)
            done += 1
    each = (time.perf_counter() - begun) / max(1, done)
    print(
        f"{f'collecting {done:,}, one thread':<44} {each * 1000:8.2f} ms each  {each / bare:.2f} × two bare calls to Stripe"
    )
    deciding.decide(fund.pk, now=at)
    paid = Commitment.objects.filter(fund=fund, state="paid").count()
    fund.refresh_from_db()
    print(f"{'decided':<44} {fund.state}, {paid:,} paid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=150, help="calls for each figure")
    parser.add_argument("--promises", type=int, default=5_000, help="promises to close and collect")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stripe = start(Path(folder) / "stripe.sqlite")
        settings.STRIPE_API_BASE = settings.STRIPE_CHECKOUT_ORIGIN = stripe.url
        settings.STRIPE_REQUESTS_PER_SECOND = 1_000_000
        stripe_gateway.forget_client()
        try:
            call_command("migrate", verbosity=0)
            world.make(stripe, database_now(), uuid4().hex[:6])
            bench_pledging(given.times)
            bench_page(given.times)
            bench_collecting(given.promises)
        finally:
            stripe.stop()


if __name__ == "__main__":
    main()
