"""Measures pledging, the campaign's pages, talk, closing and collecting against real servers, and prints ratios."""

from __future__ import annotations

import argparse
import os
import tempfile
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
from django.test import Client  # noqa: E402
from uuid6 import uuid7  # noqa: E402

from campaigns.models import Campaign  # noqa: E402
from csm.bench import discovering, floor, world  # noqa: E402
from csm.bench.measuring import Cost, Watch, line, measure, queries  # noqa: E402
from csm.bench.talk import bench_talk  # noqa: E402
from csm.local_stripe.process import start  # noqa: E402
from funding import closing, collecting, deciding  # noqa: E402
from funding.models import Commitment, Fund  # noqa: E402
from members.clock import database_now  # noqa: E402
from payments import stripe_gateway  # noqa: E402
from payments.booking import Kind, sibling  # noqa: E402

CLAIMED_AT_ONCE = 8


def bench_pledging(times: int) -> None:
    """One hot campaign, then many, beside a bare view that writes the same rows with raw SQL."""
    print("\nA pledge. The floor: a bare view that writes the same rows with raw SQL.")
    client = world.member_client("bench-pledger@example.org")
    hot = world.campaign("hot")
    post(client, hot, "support")  # Makes them known to Stripe.

    def rows(at: Campaign) -> None:
        answer = client.post(f"/floor/{at.slug}/rows/")
        assert answer.status_code == 302

    def verb(at: Campaign) -> None:
        answer = client.post(f"/floor/{at.slug}/verb/")
        assert answer.status_code == 302

    many = [world.campaign(f"many-{number}") for number in range(10)]
    turn = iter(range(10**9))
    crowded = world.campaign("crowded")
    world.add_secured(crowded, 3_000)
    costs = measure(
        times,
        bare=lambda: rows(hot),
        hot=lambda: verb(hot),
        many=lambda: verb(many[next(turn) % 10]),
        crowded=lambda: verb(crowded),
    )
    bare = costs["bare"].cpu
    line("its rows: the floor", costs["bare"], f"{queries(lambda: rows(hot))} SQL")
    line("its rows: one hot campaign", costs["hot"], times_floor(costs["hot"], bare, queries(lambda: verb(hot))))
    line("its rows: ten campaigns in turn", costs["many"], f"{costs['many'].cpu / bare:.2f} × the floor")
    ratio = costs["crowded"].cpu / costs["hot"].cpu
    line("its rows: hot, with 3,000 more promises", costs["crowded"], f"{ratio:.2f} × with few")

    print("The whole form, from the button to the address of the card page. The floor asks Stripe for one, too.")
    costs = measure(times, bare=lambda: post(client, hot, "floor"), form=lambda: post(client, hot, "support"))
    line("the form: the floor", costs["bare"], f"{queries(lambda: post(client, hot, 'floor'))} SQL")
    count = queries(lambda: post(client, hot, "support"))
    line("the form", costs["form"], times_floor(costs["form"], costs["bare"].cpu, count))


def times_floor(cost: Cost, bare: float, count: int) -> str:
    return f"{cost.cpu / bare:.2f} × the floor, {count} SQL, {1 / cost.wall:.0f} a second by one worker"


def post(client: Client, campaign: Campaign, where: str) -> None:
    path = f"/floor/{campaign.slug}/support/" if where == "floor" else f"{campaign.get_absolute_url()}support/"
    answer = client.post(path, {"extra": "25", "form_key": str(uuid7()), "bind": "1"})
    assert "/checkout/" in answer.headers["Location"]


def bench_page(times: int) -> None:
    """The campaign page for strangers, beside a plain view of the same rows and about the same bytes."""
    campaign = world.campaign("page")
    world.make_lively(campaign)
    path, plain = campaign.get_absolute_url(), f"/floor/{campaign.slug}/"
    client = Client()
    ours, floors = len(client.get(path).content), len(client.get(plain).content)
    assert client.get(f"{plain}django/").content == client.get(plain).content
    print(
        "\nThe campaign's page. The floor: a plain view, the same rows by raw SQL in a template without translations."
    )
    print(f"It is {ours:,} bytes, the floor's {floors:,}.")
    assert abs(ours - floors) < ours * 0.05, "The floor no longer does the same work: bring page.html up to date."

    def cold() -> None:
        cache.clear()
        client.get(path)

    again: dict[str, Any] = {"headers": {"If-None-Match": client.get(path).headers["ETag"]}}
    deeds: dict[str, Callable[[], object]] = {
        "nothing": lambda: client.get("/floor/nothing/"),
        "floor": lambda: client.get(plain),
        "the same by Django's ORM": lambda: client.get(f"{plain}django/"),
        "cold": cold,
        "warm": lambda: client.get(path),
        "304": lambda: client.get(path, **again),
    }
    costs = measure(times, **deeds)
    for name, cost in costs.items():
        ratios = f"{cost.cpu / costs['floor'].cpu:.2f} × the floor, {cost.cpu / costs['nothing'].cpu:.2f} × nothing"
        line(f"page: {name}", cost, f"{ratios}, {queries(deeds[name])} SQL")


def bench_closing(number: int) -> None:
    """A tenth, then all: what a promise costs must not grow with how many there are."""
    print("\nA close. The floor: the same rows by one statement in raw SQL.")
    for count in (number // 10, number):
        fund = _fund_of(world.campaign(f"floor-close-{count}"), count)
        with Watch() as bare:
            floor.close(fund, now=fund.deadline_at)
        line(f"closing {count:,} promises: the floor", bare.cost, f"{bare.each(count).wall * 1e6:.0f} µs each")
        fund = _fund_of(world.campaign(f"close-{count}"), count)
        with Watch() as ours:
            _close(fund)
        ratio = f"{ours.cost.wall / bare.cost.wall:.2f} × the floor by the clock"
        line(f"closing {count:,} promises", ours.cost, f"{ours.each(count).wall * 1e6:.0f} µs each, {ratio}")


def bench_collecting(number: int) -> None:
    """The charging of many by one worker, beside the same calls and rows; the first tenth beside the last."""
    print("\nCollecting, one worker on one thread. The floor: the same two calls to Stripe, the same rows in raw SQL.")
    some = max(20, min(number // 10, 200))
    fund = _fund_of(world.campaign("floor-collect"), some)
    _close(fund)
    accounts = (
        sibling(fund.account, Kind.STRIPE_TRANSIT).pk,
        sibling(fund.account, Kind.STRIPE_BALANCE).pk,
        sibling(fund.account, Kind.FUND_FEES, subject_id=fund.pk).pk,
    )
    ids = list(fund.commitments.values_list("pk", flat=True))
    with Watch() as watch:
        for pk in ids:
            floor.charge(pk, fund=fund, accounts=accounts, now=fund.deadline_at)
    bare = watch.each(some)
    line(f"a charge: the floor, of {some}", bare, "each")

    fund = _fund_of(world.campaign("collect"), number)
    _close(fund)
    at, tenths = fund.deadline_at, []
    while (done := Commitment.objects.filter(fund=fund, state="paid").count()) < number:
        until = min(number, done + max(CLAIMED_AT_ONCE, number // 10))
        with Watch() as watch:
            collected = _collect(until - done, at)
        if not collected:
            break
        tenths.append(watch.each(collected))
    first, last = tenths[0], tenths[-1]
    line("a charge: the first tenth", first, f"each, {first.cpu / bare.cpu:.2f} × the floor")
    line("a charge: the last tenth", last, f"each, {last.cpu / first.cpu:.2f} × the first")
    with Watch() as watch:
        deciding.decide(fund.pk, now=at)
    fund.refresh_from_db()
    paid = Commitment.objects.filter(fund=fund, state="paid").count()
    line("the second decision", watch.cost, f"{fund.state}, {paid:,} paid")


def _collect(most: int, now: Any) -> int:
    """Charge at least `most` as the worker does, in small batches; how many there were."""
    done = 0
    while done < most and (claimed := collecting.claim_due(now=now, limit=CLAIMED_AT_ONCE)):
        for pk in claimed:
            collecting.collect(pk, now=now)
        done += len(claimed)
    return done


def _fund_of(campaign: Campaign, promises: int) -> Fund:
    world.add_secured(campaign, promises)
    assert campaign.fund is not None
    return campaign.fund


def _close(fund: Fund) -> None:
    closing.close_due(fund.pk, now=fund.deadline_at)
    closing.fix(fund.pk, required=fund.money(fund.minimum_minor), amounts=None, now=fund.deadline_at)


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--times", type=int, default=150, help="calls for each figure")
    names = ("pledge", "page", "talk", "discover", "collect", "close")
    parser.add_argument("--only", choices=names, help="one part alone")
    parser.add_argument("--discover", type=int, default=10_000, help="campaigns to search")
    parser.add_argument("--close", type=int, default=5_000, help="promises to close")
    parser.add_argument("--collect", type=int, default=500, help="promises to collect; 5000 take a quarter of an hour")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stripe = start(Path(folder) / "stripe.sqlite")
        settings.STRIPE_API_BASE = settings.STRIPE_CHECKOUT_ORIGIN = stripe.url
        settings.STRIPE_REQUESTS_PER_SECOND = 1_000_000
        settings.ROOT_URLCONF = "csm.bench.urls"
        stripe_gateway.forget_client()
        try:
            call_command("migrate", verbosity=0)
            world.make(stripe, database_now(), uuid4().hex[:6])
            # Collecting before closing: a worker takes whatever is due, of other funds too.
            parts: dict[str, Callable[[], None]] = {
                "pledge": lambda: bench_pledging(given.times),
                "page": lambda: bench_page(given.times),
                "talk": lambda: bench_talk(given.times),
                "discover": lambda: discovering.bench(max(10, given.times // 5), given.discover),
                "collect": lambda: bench_collecting(given.collect),
                "close": lambda: bench_closing(given.close),
            }
            for name, part in parts.items():
                if given.only in (None, name):
                    part()
        finally:
            stripe.stop()


if __name__ == "__main__":
    main()
