"""The local Stripe answers by Stripe's own specification, and goes wrong when it is told to."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path
from typing import Any

import pytest
import requests

from csm.local_stripe.process import LocalStripe, start

AUTH = {"Authorization": "Bearer sk_test_local"}


@pytest.fixture
def stripe(_stripe_process: LocalStripe) -> LocalStripe:
    _stripe_process.control("POST", "reset")
    return _stripe_process


def post(stripe: LocalStripe, path: str, key: str = "", **body: Any) -> requests.Response:
    headers = AUTH | ({"Idempotency-Key": key} if key else {})
    return requests.post(f"{stripe.url}/v1/{path}", body, headers=headers, timeout=10)


def paid(stripe: LocalStripe, amount: int = 1_000, number: str = "4242424242424242") -> requests.Response:
    card = stripe.control("POST", "cards", {"number": number})
    return post(
        stripe,
        "payment_intents",
        amount=amount,
        currency="eur",
        customer=card["customer"],
        payment_method=card["id"],
        confirm="true",
        off_session="true",
    )


def test_what_the_specification_does_not_know_is_refused(stripe: LocalStripe) -> None:
    answer = post(stripe, "customers", nickname="x")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "nickname"
    assert requests.get(f"{stripe.url}/v1/customers", timeout=10).status_code == 401
    assert requests.get(f"{stripe.url}/v1/nothing", headers=AUTH, timeout=10).status_code == 404


def test_amounts_below_the_minimum_are_refused(stripe: LocalStripe) -> None:
    answer = paid(stripe, amount=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "amount_too_small")


def test_a_key_replays_and_refuses_another_request(stripe: LocalStripe) -> None:
    first = post(stripe, "customers", key="k", name="Mia")
    again = post(stripe, "customers", key="k", name="Mia")
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = post(stripe, "customers", key="k", name="Ben")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_an_error_of_its_own_is_kept_with_the_key(stripe: LocalStripe) -> None:
    stripe.control("POST", "faults", {"action": "error_500_after", "path": "/v1/customers$"})
    assert post(stripe, "customers", key="k", name="Mia").status_code == 500
    assert post(stripe, "customers", key="k", name="Mia").status_code == 500
    listed = requests.get(f"{stripe.url}/v1/customers", headers=AUTH, timeout=10).json()
    assert len(listed["data"]) == 1  # it had happened all the same


@pytest.mark.parametrize(("action", "made"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_breaks_before_or_after_the_effect(stripe: LocalStripe, action: str, made: int) -> None:
    stripe.control("POST", "faults", {"action": action, "path": "/v1/customers$"})
    with pytest.raises(requests.ConnectionError):
        post(stripe, "customers", name="Mia")
    listed = requests.get(f"{stripe.url}/v1/customers", headers=AUTH, timeout=10).json()
    assert len(listed["data"]) == made


def test_a_payment_leaves_a_charge_a_booking_and_events(stripe: LocalStripe) -> None:
    intent = paid(stripe).json()
    assert intent["status"] == "succeeded"
    balance = requests.get(f"{stripe.url}/v1/balance", headers=AUTH, timeout=10).json()
    # 1.4 % + 0.25 of 10.00 stay with the processor.
    assert sum(part["amount"] for kind in ("available", "pending") for part in balance[kind]) == 1_000 - 39
    events = requests.get(f"{stripe.url}/v1/events?limit=100", headers=AUTH, timeout=10).json()["data"]
    assert {"payment_intent.succeeded", "charge.succeeded"} <= {event["type"] for event in events}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4000000000000341", "generic_decline"),
        ("4000000000009987", "insufficient_funds"),
        ("4000002760003184", "authentication_required"),
    ],
)
def test_cards_decline_as_their_numbers_say(stripe: LocalStripe, number: str, code: str) -> None:
    error = paid(stripe, number=number).json()["error"]
    assert error["type"] == "card_error"
    assert error["payment_intent"]["status"] in ("requires_payment_method", "requires_action")
    assert code in (error.get("decline_code"), error["code"])


def test_lists_come_in_pages(stripe: LocalStripe) -> None:
    made = [post(stripe, "customers", name=str(number)).json()["id"] for number in range(5)]
    seen: list[str] = []
    after = ""
    while True:
        url = f"{stripe.url}/v1/customers?limit=2" + (f"&starting_after={after}" if after else "")
        page = requests.get(url, headers=AUTH, timeout=10).json()
        seen += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            break
        after = seen[-1]
    assert seen == made[::-1]


def test_one_key_at_once_is_one_effect(stripe: LocalStripe) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(stripe, "customers", key="k", name="Mia").status_code, range(8)))
    assert set(answers) <= {200, 409}
    listed = requests.get(f"{stripe.url}/v1/customers", headers=AUTH, timeout=10).json()
    assert len(listed["data"]) == 1


def test_it_remembers_over_a_restart(tmp_path: Path) -> None:
    first = start(tmp_path / "state.sqlite")
    made = post(first, "customers", name="Mia").json()["id"]
    first.kill()
    second = start(tmp_path / "state.sqlite")
    try:
        assert requests.get(f"{second.url}/v1/customers/{made}", headers=AUTH, timeout=10).json()["name"] == "Mia"
    finally:
        second.stop()
