"""A batch goes ahead on money that is still there, and on terms that are terms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from csm import books
from csm.local_stripe.process import LocalStripe
from funding.models import Fund
from orders import closing
from orders import tasks as orders_tasks
from orders.models import Run
from payments import reconciling, refunding
from payments.models import Alarm
from tests.cast import Cast
from tests.csm.test_constraints import TERMS
from tests.orders.test_run import Batch


@pytest.fixture
def met(cast: Cast, local_stripe: LocalStripe) -> Batch:
    """A batch whose money has arrived, and nobody has given the go-ahead yet."""
    batch = Batch(cast, local_stripe)
    batch.order(2)
    batch.order(1)
    batch.close()
    assert batch.run.fund.state == Fund.State.MET
    return batch


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state


@pytest.mark.django_db(transaction=True)
def test_a_dispute_between_the_decision_and_the_go_ahead_stops_it(
    cast: Cast, met: Batch, local_stripe: LocalStripe
) -> None:
    run, at = met.run, met.run.fund.deadline_at
    payment = cast.payment_of(run.orders.earliest("pk").commitment)
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert closing.to_release() == [run.pk]
    assert not closing.release(run.pk, now=at)
    assert not closing.release(run.pk, now=at)
    assert state(run) == Run.State.OPEN
    assert Alarm.objects.filter(key=f"release:{run.pk}").count() == 1
    # The bank gives it back, and what was waited for is there again.
    local_stripe.control("POST", f"disputes/{made['id']}/win")
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert closing.release(run.pk, now=at)
    assert state(run) == Run.State.RELEASED


@pytest.mark.django_db(transaction=True)
def test_what_a_treasurer_returned_stops_it_too(cast: Cast, met: Batch) -> None:
    payment = cast.payment_of(met.run.orders.earliest("pk").commitment)
    refunding.request_refund(payment=payment, amount=payment.amount, purpose="asked", by=None, now=cast.now)
    orders_tasks.sweep()
    assert state(met.run) == Run.State.OPEN
    assert Alarm.objects.filter(key=f"release:{met.run.pk}").exists()
    assert books.check() == []


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [*TERMS, ("drop_margin_percent", Decimal(100))])
def test_terms_that_take_something_away_open_no_batch(cast: Cast, name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Batch(cast, **{name: value})
    assert [error.code for error in refused.value.error_dict[name]] == ["terms_wrong"]
    assert not Run.objects.exists()
    assert not Fund.objects.exists()


@pytest.mark.django_db
def test_terms_at_their_bounds_open_one(cast: Cast) -> None:
    batch = Batch(cast, fee_fraction=Decimal("0.2"), tax_percent=Decimal(100))
    assert batch.run.state == Run.State.OPEN
