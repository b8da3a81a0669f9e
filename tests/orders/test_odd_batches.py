"""Batches beside the usual way: cheap things, long names, payments that went back, and orders that come very late."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from post_office.models import Email

from csm.local_stripe.process import LocalStripe
from facilities.models import Facility
from orders import closing, comparing, recording
from orders import settling as billing
from orders.models import Cost, Order, Run
from payments import refunding
from payments.models import Posting
from payments.writing import written
from tests.cast import Cast
from tests.orders.test_run import Batch, record

pytestmark = pytest.mark.django_db(transaction=True)


def with_names(run: Run) -> Run:
    return Run.objects.select_related("fund__account__receiver", "facility").get(pk=run.pk)


def made(batch: Batch, at: datetime.datetime, kind: str, minor: int, **cost: Any) -> Run:
    """The batch, paid for, with one cost, ready for its final bill."""
    assert closing.release(batch.run.pk, now=at)
    batch.run.refresh_from_db()
    record(batch.run, kind, minor, batch.cast.olga, at, **cost)
    recording.finish(batch.run, by=batch.cast.olga, now=at)
    return with_names(batch.run)


def test_a_workshop_with_a_long_name_can_bear_what_it_cost_too_much(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    Facility.objects.filter(pk=batch.facility.pk).update(name="Werkhof " * 15)
    batch.order(3)
    run = made(batch, batch.close(), Cost.Kind.LABOUR, 40_000, worker=cast.olga)
    billing.settle(run, by=cast.petra, now=cast.now)
    assert Posting.objects.get(entry__fact="fund_settled", account__kind="organiser").amount_minor > 0


def test_who_got_everything_back_is_not_told_that_it_cost_everything(cast: Cast, local_stripe: LocalStripe) -> None:
    local_stripe.control("POST", "topups", {"amount": 1000_00, "currency": "eur"})
    batch = Batch(cast, local_stripe)
    faulty, good = batch.order(2), batch.order(2)
    at = batch.close()
    payment = cast.payment_of(Order.objects.get(pk=faulty.pk).commitment)
    assert closing.release(batch.run.pk, now=at)
    refunding.request_refund(payment=payment, amount=payment.returnable, purpose="faulty", by=None, now=at)
    batch.run.refresh_from_db()
    record(batch.run, Cost.Kind.MATERIAL, 5_000, cast.olga, at)
    recording.finish(batch.run, by=cast.olga, now=at)
    billing.settle(with_names(batch.run), by=cast.petra, now=at)
    faulty.refresh_from_db()
    good.refresh_from_db()
    assert faulty.actual_minor == 0
    mail = Email.objects.filter(to=faulty.member.email).latest("pk")
    assert "really cost €0.00" in mail.message
    compared = comparing.compare(with_names(batch.run))
    assert compared is not None
    assert compared.real.minor == good.actual_minor
    returned = -sum(
        Posting.objects.filter(entry__fact="refund_reserved", account__kind="refunds_owed").values_list(
            "amount_minor", flat=True
        )
    )
    assert compared.back.minor == returned
    bill = Client().get(f"{batch.run.get_absolute_url()}bill/").content.decode()
    assert f"{written(compared.back)} went back" in bill
