"""Stripe does not answer, or refuses our key: nothing is lost, nobody is declined, and somebody is told loudly."""

from __future__ import annotations

import datetime
import logging
from typing import Any

import pytest
from django.test import Client
from post_office.models import Email
from uuid6 import uuid7

from campaigns.models import Pledge
from csm import books
from csm.local_stripe.process import LocalStripe
from funding import collecting
from funding.models import Commitment
from members.clock import database_now
from payments import charging, refunding, stripe_gateway, tasks
from payments.models import Attempt, CardSetup, Payment, Refund
from tests.campaigns.test_api import URL, Api, launched
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State
NOWHERE = "http://127.0.0.1:9"


def stripe_at(settings: Any, address: str) -> None:
    settings.STRIPE_API_BASE = address
    stripe_gateway.forget_client()


def key_is(settings: Any, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    stripe_gateway.forget_client()


def test_without_a_card_page_the_api_says_try_again_and_the_same_key_does(
    cast: Cast, local_stripe: LocalStripe, settings: Any
) -> None:
    launched(cast)
    api = Api(cast)
    stripe_at(settings, NOWHERE)
    away = api.send(URL, {"amount_minor": 25_00}, key="a")
    assert (away.status_code, away.json()["code"]) == (503, "card_page_unavailable")
    assert away.headers["Content-Type"] == "application/problem+json"
    kept = Pledge.objects.get()
    assert kept.commitment.state == State.DRAFT
    stripe_at(settings, local_stripe.url)
    back = api.send(URL, {"amount_minor": 25_00}, key="a")
    assert (back.status_code, back.json()["pledge"]["id"]) == (201, str(kept.pk))
    assert back.json()["payment_url"].startswith(local_stripe.url)
    assert Pledge.objects.get() == kept
    assert CardSetup.objects.count() == 1


def test_without_a_card_page_the_form_says_so_and_its_second_click_goes_on(
    cast: Cast, local_stripe: LocalStripe, settings: Any
) -> None:
    launched(cast)
    client = Client()
    client.force_login(cast.mia)
    form = {"extra": "25", "form_key": str(uuid7()), "bind": "1"}
    stripe_at(settings, NOWHERE)
    away = client.post("/campaigns/laser/support/", form, follow=True)
    assert away.status_code == 200
    assert "please try again" in away.content.decode()
    stripe_at(settings, local_stripe.url)
    back = client.post("/campaigns/laser/support/", form)
    assert back.status_code == 302
    assert back.headers["Location"].startswith(local_stripe.url)
    assert Pledge.objects.count() == 1


def test_a_page_whose_answer_was_lost_is_the_same_page_when_asked_again(cast: Cast, local_stripe: LocalStripe) -> None:
    launched(cast)
    api = Api(cast)
    local_stripe.control("POST", "faults", {"action": "reset_after", "path": "/checkout/sessions$"})
    assert api.send(URL, {"amount_minor": 25_00}, key="a").status_code == 503
    assert api.send(URL, {"amount_minor": 25_00}, key="a").status_code == 201
    asked = [row for row in local_stripe.control("GET", "requests") if row["path"] == "/v1/checkout/sessions"]
    assert (len(asked), len({row["key"] for row in asked})) == (2, 1)


@pytest.mark.parametrize("when", ["before the intent", "before the confirming"])
def test_a_refused_key_declines_nobody_and_is_told_loudly(
    cast: Cast,
    local_stripe: LocalStripe,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    at = fund.deadline_at
    good = settings.STRIPE_SECRET_KEY
    if when == "before the intent":
        key_is(settings, "sk_test_revoked")
    else:
        confirm = stripe_gateway.confirm_intent

        def revoked(*arguments: Any, **words: Any) -> Any:
            key_is(settings, "sk_test_revoked")
            return confirm(*arguments, **words)

        monkeypatch.setattr(charging.stripe_gateway, "confirm_intent", revoked)
    with caplog.at_level(logging.ERROR, "payments.stripe_gateway"):
        collecting.collect(promise.pk, now=at)
    monkeypatch.undo()
    promise.refresh_from_db()
    assert promise.state == State.CHARGING
    assert not Attempt.objects.filter(state=Attempt.State.DECLINED).exists()
    assert not Email.objects.filter(subject__icontains="declined").exists()
    assert "refuses our key" in caplog.text
    key_is(settings, good)
    # What nobody knows of is looked up first; then the same intent is tried again.
    for payment in Payment.objects.all():
        charging.look_up(payment.pk, now=at, as_of=None)
    cast.collect_all(at + datetime.timedelta(minutes=2))
    promise.refresh_from_db()
    assert promise.state == State.PAID
    assert Payment.objects.get(purpose_id=promise.pk).received_minor == 60_00
    assert books.check() == []


def test_payments_that_are_never_answered_stand_in_nobodys_way(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    promises = [cast.secured(fund, "60.00", stripe=local_stripe) for _ in range(tasks.BATCH + 1)]
    cast.close(fund)
    local_stripe.control("POST", "faults", {"action": "error_500_before", "path": "/confirm$", "times": 99})
    for one in promises:
        collecting.collect(one.pk, now=fund.deadline_at)
    asked: set[Any] = set()
    for minute in (2, 1):
        batch = tasks.unanswered(limit=tasks.BATCH)
        asked |= set(batch)
        looked_up_at = database_now() - datetime.timedelta(minutes=minute)
        Payment.objects.filter(pk__in=batch).update(looked_up_at=looked_up_at)
    assert asked == set(Payment.objects.values_list("pk", flat=True))


def test_rows_of_the_other_mode_stand_in_nobodys_way(cast: Cast, local_stripe: LocalStripe) -> None:
    """An installation that was tried in test mode keeps rows that its live key may never ask about."""
    fund = cast.fund("50.00")
    promises = [cast.secured(fund, "60.00", stripe=local_stripe) for _ in range(tasks.BATCH + 1)]
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    refunds = [
        refunding.request_refund(payment=cast.payment_of(one), amount=euro("1.00"), purpose="x", by=None, now=cast.now)
        for one in promises
    ]
    own = refunds.pop()
    Refund.objects.filter(pk__in=[refund.pk for refund in refunds]).update(livemode=True)
    assert refunding.due(now=cast.now, limit=tasks.BATCH) == [own.pk]
    Payment.objects.update(livemode=True)
    Attempt.objects.update(state=Attempt.State.UNKNOWN)
    assert tasks.unanswered(limit=tasks.BATCH) == []
