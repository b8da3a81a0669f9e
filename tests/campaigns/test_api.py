"""Integrators support a campaign through the API."""

from __future__ import annotations

import datetime
import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from campaigns import launching
from campaigns.models import BudgetLine, Campaign, Pledge, Tier
from csm.local_stripe.process import LocalStripe
from facilities.models import Facility
from members import idempotency, tokens
from members.models import StoredAnswer
from tests.cast import Cast
from tests.workshop import Workshop

URL = "/api/v1/campaigns/laser/pledges/"


def drafted(cast: Cast, facility: Facility | None = None, slug: str = "laser") -> Campaign:
    """A campaign with one limited reward, ready to be launched."""
    campaign = Campaign(
        facility=facility or Workshop(cast.werkhof, cast.petra, cast.now).facility,
        title="Laser cutter",
        slug=slug,
        summary="Cut wood.",
        story="**Please.**",
        minimum_minor=100_00,
        goal_minor=200_00,
        deadline_at=cast.now + datetime.timedelta(days=9),
    )
    launching.save_draft(campaign)
    launching.save_line(
        BudgetLine(campaign=campaign, kind="building", label="Room", amount_minor=200_00, is_required=False)
    )
    launching.save_line(Tier(campaign=campaign, title="Evening", text="Four hours.", amount_minor=20_00, cap=2))
    return campaign


def launched(cast: Cast, facility: Facility | None = None) -> Campaign:
    """The same, live."""
    campaign = drafted(cast, facility)
    cast.launch(campaign)
    return campaign


class Api(Client):
    """A client with mia's token."""

    def __init__(self, cast: Cast) -> None:
        _token, self.key = tokens.create_token(member=cast.mia, name="test", now=cast.now)
        super().__init__(headers={"Authorization": f"Bearer {self.key}"})

    def send(self, path: str, body: dict[str, Any], key: str | None = None, method: str = "post") -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return getattr(self, method)(path, json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.django_db(transaction=True)
def test_a_pledge_answers_with_the_page_for_the_card(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    tier = campaign.tiers.get()
    api = Api(cast)
    answer = api.send(URL, {"lines": [{"tier": str(tier.pk)}], "amount_minor": 25_00})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["payment_url"].startswith(local_stripe.url)
    assert made["payment_url_expires_at"]
    assert made["pledge"]["commitment"]["maximum_minor"] == 25_00
    listed = api.get("/api/v1/pledges/").json()["results"]
    assert [row["id"] for row in listed] == [made["pledge"]["id"]]
    assert Client().get("/api/v1/pledges/").status_code == 401
    other = Client()
    other.force_login(cast.olga)
    assert other.get(f"/api/v1/pledges/{made['pledge']['id']}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_same_key_again_gives_the_same_answer(cast: Cast, local_stripe: LocalStripe) -> None:
    launched(cast)
    api = Api(cast)
    first = api.send(URL, {"amount_minor": 25_00}, key="a")
    again = api.send(URL, {"amount_minor": 25_00}, key="a")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Pledge.objects.count() == 1
    other = api.send(URL, {"amount_minor": 26_00}, key="a")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    api.send(URL, {"amount_minor": 25_00}, key="b")
    assert Pledge.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_replayed_too(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    api = Api(cast)
    body = {"lines": [{"tier": str(campaign.tiers.get().pk)}], "amount_minor": 19_99}
    for _ in range(2):
        answer = api.send(URL, body, key="a")
        assert (answer.status_code, answer.json()["code"]) == (422, "amount_below_rewards")
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
def test_a_key_in_flight_is_a_conflict_until_its_first_request_is_given_up(
    cast: Cast, local_stripe: LocalStripe
) -> None:
    launched(cast)
    api = Api(cast)
    first = api.send(URL, {"amount_minor": 25_00}, key="a")
    # As if the first one had died after its pledge was made and before it answered.
    StoredAnswer.objects.update(status=None, body=None)
    answer = api.send(URL, {"amount_minor": 25_00}, key="a")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_flight")
    StoredAnswer.objects.update(claimed_at=cast.now - idempotency.ABANDONED_AFTER * 2)
    answer = api.send(URL, {"amount_minor": 25_00}, key="a")
    assert answer.json()["pledge"]["id"] == first.json()["pledge"]["id"]
    assert Pledge.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_make_one_pledge(cast: Cast, local_stripe: LocalStripe) -> None:
    launched(cast)
    api = Api(cast)
    codes: list[int] = []

    def ask() -> None:
        codes.append(
            Client(headers={"Authorization": f"Bearer {api.key}", "Idempotency-Key": "a"})
            .post(URL, json.dumps({"amount_minor": 25_00}), content_type="application/json")
            .status_code
        )
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert Pledge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_people_are_sent_back_only_where_the_installation_says(
    cast: Cast, local_stripe: LocalStripe, settings: Any
) -> None:
    launched(cast)
    api = Api(cast)
    settings.RETURN_URL_ORIGINS = ["https://shop.example"]
    good = api.send(URL, {"amount_minor": 25_00, "return_url": "https://shop.example/thanks"})
    assert good.status_code == 201
    for url in ("https://shop.example.evil.example/", "https://evil.example/", "javascript:alert(1)"):
        bad = api.send(URL, {"amount_minor": 25_00, "return_url": url})
        assert bad.status_code == 400, url
        assert bad.json()["errors"][0]["pointer"] == "/return_url"
    assert Pledge.objects.count() == 1


@pytest.mark.django_db
def test_a_revoked_token_opens_nothing(cast: Cast) -> None:
    token, key = tokens.create_token(member=cast.mia, name="x", now=cast.now)
    api = Client(headers={"Authorization": f"Bearer {key}"})
    assert api.get("/api/v1/orders/").status_code == 200
    tokens.revoke_token(token, now=cast.now)
    answer = api.get("/api/v1/orders/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert key not in str(token.__dict__)


@pytest.mark.django_db
def test_everything_public_can_be_read(cast: Cast) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    launched(cast, workshop.facility)
    workshop.released_stool()
    client = Client()
    for path in (
        "campaigns/",
        "campaigns/laser/",
        "campaigns/laser/statement/",
        "workshops/",
        "workshops/werkhof/",
        "designs/",
        "designs/stool/",
        "designs/stool/cost/?workshop=werkhof&pieces=3",
        "runs/",
        "schema/",
    ):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, (path, answer.content[:300])
    cost = client.get("/api/v1/designs/stool/cost/?workshop=werkhof&pieces=3").json()
    assert cost["total_minor"] == sum(line["amount_minor"] for line in cost["lines"]) > 0
    wrong = client.get("/api/v1/designs/stool/cost/?workshop=nowhere")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/workshop")
