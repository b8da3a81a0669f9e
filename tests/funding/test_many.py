"""What a close does for many at once: one history row each, in a number of statements that does not grow."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csm.local_stripe.process import LocalStripe
from funding import closing, settling, tasks
from funding.models import Commitment, Fund
from members.models import Transition
from members.moves import move_all
from payments import refunding
from tests.cast import Cast, euro
from tests.funding.test_edges import settled

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State


def closed(cast: Cast, number: int, minimum: str) -> tuple[Fund, int]:
    """A fund of so many promises of 60.00 after its close, and how many statements its close took."""
    fund = cast.fund(minimum)
    for _ in range(number):
        cast.secured(fund, "60.00")
    closing.close_due(fund.pk, now=fund.deadline_at)
    with CaptureQueriesContext(connection) as asked:
        after = closing.fix(
            fund.pk,
            required=fund.money(fund.minimum_minor),
            amounts=None,
            now=fund.deadline_at,
            by=cast.petra,
        )
    return after, len(asked)


@pytest.mark.parametrize(
    ("minimum", "to", "why"), [("50.00", "charging", ""), ("1000.00", "released", "too little promised")]
)
def test_a_close_writes_everybodys_history_by_statements_that_do_not_grow(
    cast: Cast, minimum: str, to: str, why: str
) -> None:
    _fund, few = closed(cast, 1, minimum)
    fund, many = closed(cast, 9, minimum)
    assert few == many
    ids = set(fund.commitments.filter(state=to).values_list("pk", flat=True))
    assert len(ids) == 9
    written = Transition.objects.filter(subject_id__in=ids, to_state=to)
    assert set(written.values_list("subject_id", flat=True)) == ids
    told = ("funding.Commitment", "secured", fund.deadline_at, cast.petra.pk, why)
    assert list(written.values_list("subject_model", "from_state", "at", "by", "why")) == [told] * 9


def test_only_rows_in_the_state_named_are_moved(cast: Cast) -> None:
    fund = cast.fund("50.00")
    one, other = cast.secured(fund, "60.00"), cast.secured(fund, "60.00")
    Commitment.objects.filter(pk=other.pk).update(state=State.WITHDRAWN)
    moved = move_all(fund.commitments.all(), State.SECURED, State.RELEASED, by=None, now=cast.now)
    assert moved == [one.pk]
    assert set(fund.commitments.values_list("state", flat=True)) == {State.RELEASED, State.WITHDRAWN}
    assert not Transition.objects.filter(subject_id=other.pk, to_state=State.RELEASED).exists()
    with pytest.raises(RuntimeError):
        move_all(fund.commitments.all(), State.PAID, State.RELEASED, by=None, now=cast.now)


def test_the_night_finds_what_no_sweep_saw(cast: Cast, local_stripe: LocalStripe) -> None:
    fund, payment = settled(cast, local_stripe)
    long_ago = fund.deadline_at - datetime.timedelta(days=60)
    refunding.request_refund(payment=payment, amount=euro("60.00"), purpose="by hand", by=None, now=long_ago)
    assert settling.stirred().get() == fund
    tasks.absorb_all()
    assert not settling.stirred().exists()
