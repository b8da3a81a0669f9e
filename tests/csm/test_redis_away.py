"""Redis is gone: nothing is remembered, and everything still works, money too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from uuid6 import uuid7

from campaigns.models import Pledge
from csm.cache import ForgivingRedisCache
from csm.local_stripe.process import LocalStripe
from funding.models import Commitment
from payments import pacing
from tests.campaigns.test_api import URL, Api, launched
from tests.cast import Cast

GONE = "redis://127.0.0.1:9/0"
ANSWERS: dict[str, tuple[Callable[[ForgivingRedisCache], Any], Any]] = {
    "add": (lambda kept: kept.add("a", 1), True),
    "get": (lambda kept: kept.get("a", "nothing"), "nothing"),
    "set": (lambda kept: kept.set("a", 1), None),
    "touch": (lambda kept: kept.touch("a"), False),
    "delete": (lambda kept: kept.delete("a"), False),
    "incr": (lambda kept: kept.incr("a"), 1),
    "has_key": (lambda kept: kept.has_key("a"), False),
    "in": (lambda kept: "a" in kept, False),
    "get_many": (lambda kept: kept.get_many(["a", "b"]), {}),
    "set_many": (lambda kept: kept.set_many({"a": 1}), []),
    "delete_many": (lambda kept: kept.delete_many(["a"]), None),
    "get_or_set": (lambda kept: kept.get_or_set("a", lambda: 5), 5),
    "clear": (lambda kept: kept.clear(), False),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_question_has_an_answer_without_redis(name: str) -> None:
    ask, answer = ANSWERS[name]
    assert ask(ForgivingRedisCache(GONE, {})) == answer


def test_with_redis_it_remembers() -> None:
    assert type(cache._connections[cache._alias]) is ForgivingRedisCache  # type: ignore[attr-defined]
    cache.set("a", 5)
    assert (cache.get("a"), cache.incr("a"), cache.get_many(["a", "b"]), "a" in cache) == (5, 6, {"a": 6}, True)


@pytest.mark.django_db(transaction=True)
def test_supporting_and_charging_go_on_without_redis(
    cast: Cast, local_stripe: LocalStripe, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = launched(cast)
    settings.REDIS_URL = GONE
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": GONE}}
    monkeypatch.setattr(pacing, "_shared", None)
    assert Api(cast).send(URL, {"amount_minor": 25_00}, key="a").status_code == 201
    client = Client()
    client.force_login(cast.olga)
    form = {"extra": "30", "form_key": str(uuid7()), "bind": "1"}
    assert client.post("/campaigns/laser/support/", form).headers["Location"].startswith(local_stripe.url)
    assert Pledge.objects.count() == 2
    fund = campaign.fund
    assert fund is not None
    promise = cast.secured(fund, "100.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    promise.refresh_from_db()
    assert promise.state == Commitment.State.PAID
