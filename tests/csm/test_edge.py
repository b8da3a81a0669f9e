"""What comes from outside: null characters, claimed addresses, repeated requests, and records that fail."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from campaigns.models import Pledge
from csm.local_stripe.process import LocalStripe
from funding import closing
from funding import tasks as funding_tasks
from funding.models import Fund
from members import idempotency
from members.models import StoredAnswer
from members.sweeping import each
from tests.campaigns.test_api import URL, Api, launched
from tests.cast import Cast, due_now

CAMPAIGNS = "/api/v1/campaigns/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/designs/a/%00/",
        "/campaigns/%00/",
        "/campaigns/?x=%00",
        "/campaigns/laser/support/?tier=%00",
        "/accounts/login/?next=%00",
        "/api/v1/designs/%00/",
        "/api/v1/designs/stool/cost/?workshop=%00",
        "/admin/campaigns/campaign/?q=%00",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_with_a_null_character_names_nothing(cast: Cast, path: str, method: str) -> None:
    launched(cast)
    client = Client(raise_request_exception=False)
    client.force_login(cast.mia)
    assert getattr(client, method)(path).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/campaigns/", "/nowhere/", CAMPAIGNS])
def test_a_cookie_with_a_null_character_is_nobodys(path: str) -> None:
    client = Client(raise_request_exception=False, headers={"cookie": r'sessionid="eight-or-more\000"'})
    answer = client.get(path)
    assert answer.status_code == 400
    assert "default-src" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"].startswith("application/problem" if "/api/" in path else "text/html")


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, "a"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("[" * 100_000, 400, "parse_error"),
        ('{"a":' * 100_000, 400, "parse_error"),
        ('{"amount_minor": 2500}' + " " * 3_000_000, 413, "too_large"),
    ],
)
def test_json_that_is_too_deep_or_too_long_is_refused(
    cast: Cast, key: str | None, body: str, status: int, code: str
) -> None:
    launched(cast)
    api = Api(cast)
    api.raise_request_exception = False
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = api.post(URL, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_a_keyed_request_to_an_endless_address_finds_nothing(cast: Cast) -> None:
    api = Api(cast)
    api.raise_request_exception = False
    for _ in range(2):
        answer = api.send(f"/api/v1/campaigns/{'a' * 400}/pledges/", {"amount_minor": 25_00}, key="a")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/campaigns/", "/campaigns/laser/", "/designs/", "/workshops/", CAMPAIGNS])
def test_whoever_asks_for_the_head_of_a_page_gets_it(cast: Cast, path: str) -> None:
    """Programs that look whether a link still holds ask for no more."""
    launched(cast)
    answer = Client().head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert Client().get(path).content, "what was asked without a body is not kept as the page"


@pytest.mark.django_db
def test_a_form_from_elsewhere_does_nothing_and_says_so(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mia)
    answer = client.post("/accounts/logout/")
    assert answer.status_code == 403
    assert "Please send it once more" in answer.content.decode()
    assert "<style" not in answer.content.decode()
    assert client.get("/me/").status_code == 200


@pytest.mark.django_db
def test_another_host_is_refused_as_programs_read_it(cast: Cast) -> None:
    answer = Client(raise_request_exception=False).get(CAMPAIGNS, headers={"host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["cD0lMDA=", "cD1hYmM=", "bz0tMSZwPXg=", "%F0%28", "cD0wMTkzMDAwMA=="])
@pytest.mark.parametrize("path", ["pledges/", "orders/", "designs/", "workshops/", "campaigns/", "runs/"])
def test_a_page_that_nobody_gave_out_is_no_bug(cast: Cast, path: str, cursor: str) -> None:
    launched(cast)
    client = Client(raise_request_exception=False)
    client.force_login(cast.mia)
    assert client.get(f"/api/v1/{path}?cursor={cursor}").status_code < 500


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "body", [{"lines": [{"tier": "\0"}]}, {"return_url": "http://testserver/\0"}, {"amount_minor": "\0"}]
)
def test_a_null_character_in_what_is_sent_is_the_senders_mistake(
    cast: Cast, local_stripe: LocalStripe, body: dict[str, Any]
) -> None:
    launched(cast)
    api = Api(cast)
    api.raise_request_exception = False
    assert api.send(URL, {"amount_minor": 25_00, **body}).status_code == 400
    assert not Pledge.objects.exists()


@pytest.mark.django_db
def test_who_asks_too_often_cannot_hide_behind_a_header(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "3/min", "user": "5/min"})
    codes = [
        Client().get(CAMPAIGNS, headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code for number in range(5)
    ]
    assert codes == [200, 200, 200, 429, 429]
    late = Client().get(CAMPAIGNS)
    assert (late.json()["code"], int(late.headers["Retry-After"]) > 0) == ("throttled", True)
    # Another address has a rate of its own.
    assert Client(REMOTE_ADDR="203.0.113.9").get(CAMPAIGNS).status_code == 200


@pytest.mark.django_db
def test_a_members_rate_is_their_own_wherever_they_are(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"anon": "1/min", "user": "2/min"})
    mia, theo = Client(), Client()
    mia.force_login(cast.mia)
    theo.force_login(cast.theo)
    codes = [mia.get(CAMPAIGNS, REMOTE_ADDR=f"203.0.113.{number}").status_code for number in range(3)]
    assert codes == [200, 200, 429]
    assert theo.get(CAMPAIGNS).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_key_belongs_to_its_member(cast: Cast, local_stripe: LocalStripe) -> None:
    launched(cast)
    mias = Api(cast)
    assert mias.send(URL, {"amount_minor": 25_00}, key="a").status_code == 201
    cast.mia, mia = cast.olga, cast.mia
    olgas = Api(cast).send(URL, {"amount_minor": 30_00}, key="a")
    assert olgas.status_code == 201
    assert "Idempotency-Replayed" not in olgas.headers
    assert {pledge.member for pledge in Pledge.objects.all()} == {mia, cast.olga}


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_forgotten_still_never_makes_a_second_pledge(cast: Cast, local_stripe: LocalStripe) -> None:
    launched(cast)
    api = Api(cast)
    first = api.send(URL, {"amount_minor": 25_00}, key="a").json()["pledge"]["id"]
    assert idempotency.forget_old(now=cast.now) == 0
    assert idempotency.forget_old(now=cast.now + idempotency.KEPT_FOR * 2) == 1
    again = api.send(URL, {"amount_minor": 25_00}, key="a")
    assert (again.status_code, again.json()["pledge"]["id"]) == (201, first)
    StoredAnswer.objects.all().delete()
    other = api.send(URL, {"amount_minor": 90_00}, key="a")
    assert (other.status_code, other.json()["code"]) == (422, "form_reused")
    assert Pledge.objects.get().commitment.maximum_minor == 25_00


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb", "ä" * 300])
def test_a_malformed_key_is_refused_before_anything_happens(cast: Cast, key: str) -> None:
    launched(cast)
    answer = Api(cast).send(URL, {"amount_minor": 25_00}, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
    assert not Pledge.objects.exists()
    assert not StoredAnswer.objects.exists()


def test_each_failure_is_told_and_none_stops_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def deed(number: int) -> None:
        done.append(10 // number)

    with caplog.at_level(logging.ERROR, "members.sweeping"):
        each(deed, [5, 0, 2, 0, 1])
    assert done == [2, 5, 10]
    assert [record.getMessage() for record in caplog.records] == ["A sweep failed for 0"] * 2


@pytest.mark.django_db(transaction=True)
def test_a_fund_that_cannot_be_closed_keeps_no_other_open(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    funds = [cast.fund("50.00") for _ in range(3)]
    due_now(cast.now)
    close = closing.close_due

    def failing(fund_id: Any, **words: Any) -> bool:
        if fund_id == funds[0].pk:
            raise RuntimeError("its numbers do not add up")
        return close(fund_id, **words)

    monkeypatch.setattr(closing, "close_due", failing)
    for task in (funding_tasks.collect, funding_tasks.end_overdue):
        monkeypatch.setattr(task, "delay", lambda: None)
    funding_tasks.sweep()
    states = [Fund.objects.get(pk=fund.pk).state for fund in funds]
    assert states == ["open", "closing", "closing"]
