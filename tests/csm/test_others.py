"""What belongs to somebody does not exist for anybody else, on whatever page or address of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from campaigns import announcing
from campaigns.models import Campaign, Pledge, Update
from funding import links
from funding.models import Commitment
from members.models import Membership, Organisation, Transition
from orders.models import Order
from tests.cast import Cast
from tests.everything import Everything

UNKNOWN = "00000000-0000-0000-0000-000000000000"
# Pages that a row's owner alone may see or use, by the name of the row's key in their address.
OWNED = ("pledge_id", "order_id", "commitment_id")


@pytest.fixture
def everything(cast: Cast) -> Everything:
    return Everything(cast)


@pytest.fixture
def egon(cast: Cast) -> Client:
    """Somebody with every role, in another organisation."""
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    member = cast.person("egon")
    for role in Membership.Role:
        Membership.objects.create(organisation=other, member=member, role=role)
    client = Client()
    client.force_login(member)
    return client


def addresses(patterns: Any = None, before: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every address of the site with the names of what has to be filled in."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route.startswith(("admin/", "accounts/")):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, set(pattern.pattern.converters)


def filled(route: str, **values: Any) -> str:
    for name, value in values.items():
        for kind in ("uuid", "slug", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in route, route
    return f"/{route}"


def facts() -> list[Any]:
    return [*Commitment.objects.order_by("pk").values_list("state", "maximum_minor"), Transition.objects.count()]


@pytest.mark.django_db
def test_what_is_owned_is_seen_and_used_by_its_owner_alone(everything: Everything, egon: Client) -> None:
    pledge, order = Pledge.objects.get(), Order.objects.get()
    keys = {"pledge_id": pledge.pk, "order_id": order.pk, "commitment_id": everything.promise.pk}
    before, tried = facts(), 0
    for route, names in addresses():
        if not names & set(OWNED):
            continue
        path = filled(route, **keys, slug="werkhof")
        body: dict[str, Any] = {"data": {}, "content_type": "application/json"} if path.startswith("/api/") else {}
        for method in ("get", "post", "patch", "put", "delete"):
            assert getattr(egon, method)(path, **body).status_code in (404, 405), (method, path)
            stranger = getattr(Client(), method)(path, **body)
            told_to_log_in = stranger.status_code == 302 and "/accounts/login/" in stranger.headers["Location"]
            assert told_to_log_in or stranger.status_code in (401, 404, 405), (method, path)
            tried += 1
    assert tried > 60, "the addresses were found"
    assert facts() == before
    for path in ("/me/", "/api/v1/pledges/", "/api/v1/orders/"):
        seen = egon.get(path).content.decode()
        assert not [key for key in keys.values() if str(key) in seen]


@pytest.mark.django_db
def test_what_is_a_draft_is_nowhere(everything: Everything, egon: Client) -> None:
    hidden = everything.workshop.stool("hidden")
    mole = Update(campaign=Campaign.objects.get(slug="saw"), title="Mole", text="x")
    announcing.write(mole, by=everything.cast.petra, now=everything.now)
    for client in (egon, Client()):
        for route, names in addresses():
            if "slug" not in names or "workshops" in route or "treasury" in route:
                continue
            slugs = ["saw"] if "campaigns/" in route else ["hidden", "stool"] if "number" in names else ["hidden"]
            for slug in slugs:
                number = "1.0.0" if slug == "hidden" else "2.0.0"
                path = filled(
                    route,
                    slug=slug,
                    number=number,
                    update_id=mole.pk,
                    comment_id=UNKNOWN,
                    key="guessed",
                    step="submit",
                    offer_id=UNKNOWN,
                )
                answer = client.get(path, {"workshop": "werkhof"})
                login = answer.status_code == 302 and "/accounts/login/" in answer.headers["Location"]
                assert login or answer.status_code in (401, 404, 405), path
        for revision in (hidden, everything.draft):
            assert client.get(f"/files/{revision.files.get().pk}/").status_code == 404
        for path in ("/", "/campaigns/", "/designs/", "/api/v1/campaigns/", "/api/v1/designs/", "/workshops/werkhof/"):
            seen = client.get(path).content.decode()
            assert "/campaigns/saw/" not in seen, path
            assert "/designs/hidden/" not in seen, path
            assert "2.0.0" not in seen, path


@pytest.mark.django_db
def test_the_bench_is_for_those_who_work_there(everything: Everything, egon: Client) -> None:
    before = facts()
    for page in ("bench", "bench/made", "bench/bill"):
        path = f"/batches/{everything.run.pk}/{page}/"
        assert egon.get(path).status_code == egon.post(path, {"seen": 0}).status_code == 403, path
    assert facts() == before


@pytest.mark.django_db
def test_a_link_in_a_mail_opens_what_it_was_signed_for_and_nothing_else(
    everything: Everything, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise = everything.promise
    assert everything.campaign.fund is not None
    theos = cast.draft(everything.campaign.fund, cast.theo, "30.00")
    own = links.card_link(promise.pk).partition("?t=")[2]
    forged = signing.dumps(str(promise.pk), salt="elsewhere")
    others = links.card_link(theos.pk).partition("?t=")[2]
    for page in ("", "card/", "confirm/"):
        path = f"/support/{promise.pk}/{page}"
        opened = Client().get(path, {"t": own})
        assert opened.status_code == 200
        assert {"private", "no-store"} <= set(opened.headers["Cache-Control"].split(", "))
        assert opened.headers["Referrer-Policy"] == "same-origin"
        for token in (
            "",
            forged,
            others,
            own[:-1] + ("a" if own[-1] != "a" else "b"),
            own.swapcase(),
            "x:y:z",
            str(promise.pk),
        ):
            assert Client().get(path, {"t": token}).status_code == 404, (page, token)
            assert Client().post(f"{path}?t={token}").status_code in (404, 405), (page, token)
        assert Client().get(f"/support/{UNKNOWN}/{page}", {"t": own}).status_code == 404
    monkeypatch.setattr(links, "LIFETIME_SECONDS", -1)
    assert Client().get(f"/support/{promise.pk}/", {"t": own}).status_code == 404


@pytest.mark.django_db
def test_a_link_lets_nobody_in(everything: Everything) -> None:
    client = Client()
    client.get(links.card_link(everything.promise.pk).removeprefix("http://testserver"))
    assert client.get("/me/").status_code == 302
    assert client.get("/api/v1/orders/").status_code == 401
