"""Batches beside the usual way: cheap things, long names, payments that went back, and orders that come very late."""

from __future__ import annotations

import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from post_office.models import Email

from csm import books
from csm.local_stripe.process import LocalStripe
from facilities import furnishing
from facilities.models import Facility
from funding import closing as fund_closing
from funding import committing
from funding.models import Fund
from orders import closing, comparing, opening, ordering, quoting, recording
from orders import settling as billing
from orders.models import Cost, Order, Run
from payments import refunding
from payments.models import CardSetup, Posting
from payments.writing import written
from products import drafting, releasing
from products.drafting import Need, Step
from tests.cast import Cast
from tests.funding.test_races import at_once
from tests.orders.test_run import Batch, record
from tests.workshop import Workshop

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


def stickers(cast: Cast, stripe: LocalStripe) -> Batch:
    """A batch whose pieces cost most of their ceiling when few are ordered, and a few cents when many are."""
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    terms = furnishing.Terms(wage_minor=2400, overhead_budget_minor=0, overhead_planned_hours=1)
    furnishing.set_terms(workshop.facility, terms=terms)
    design = drafting.start_design(
        name="Sticker", slug="sticker", summary="Sticks.", maintainer=cast.werkhof, now=cast.now
    )
    draft = drafting.draft_revision(design=design, number="1.0.0", licence="CC0-1.0", by=cast.petra, now=cast.now)
    drafting.write_bom(draft, needs=[Need(kind=workshop.screws, quantity=Decimal(1))])
    cut = Step(process="assembly", title="Cut", setup_minutes=Decimal(10), attendance_minutes=Decimal("0.1"))
    drafting.write_routing(draft, steps=[cut])
    batch = Batch.__new__(Batch)
    batch.cast, batch.stripe, batch.facility = cast, stripe, workshop.facility
    batch.run = opening.open_run(
        revision=releasing.release_revision(draft, by=cast.petra, now=cast.now),
        facility=workshop.facility,
        minimum_units=20,
        maximum_units=200,
        deadline_at=cast.now + datetime.timedelta(days=5),
        terms=opening.Terms(),
        by=cast.petra,
        now=cast.now,
    )
    return batch


def test_an_order_that_became_too_cheap_for_a_card_is_charged_the_least_and_gets_the_rest_back(
    cast: Cast, local_stripe: LocalStripe
) -> None:
    batch = stickers(cast, local_stripe)
    one = batch.order(1)
    batch.order(100)
    at = batch.close()
    one = Order.objects.get(pk=one.pk)
    assert (batch.run.unit_price_minor or 0) < 50 <= one.quote.ceiling_minor
    assert (one.commitment.state, one.commitment.amount_minor) == ("paid", 50)
    assert one.commitment.counted_minor == batch.run.unit_price_minor
    run = made(batch, at, Cost.Kind.MATERIAL, 10_00)
    billing.settle(run, by=cast.petra, now=at)
    one.refresh_from_db()
    assert (one.actual_minor or 0) < 50
    assert books.check() == []


def test_a_workshop_with_a_long_name_can_bear_what_it_cost_too_much(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    Facility.objects.filter(pk=batch.facility.pk).update(name="Werkhof " * 15)
    batch.order(3)
    run = made(batch, batch.close(), Cost.Kind.MATERIAL, 40_000)
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
    assert f"Went back to those who ordered</dt><dd>{written(compared.back)}" in bill


def test_the_price_that_is_shown_is_the_one_that_is_charged(
    cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card is saved between the counting and the fixing, which went on without it after an hour of silence."""
    batch = Batch(cast, local_stripe)
    for _ in range(3):
        batch.order(1)
    quote = quoting.quote(run=Run.objects.get(pk=batch.run.pk), units=2, now=cast.now)
    nowhere = {"accepted_from": None, "success_url": "http://x/", "cancel_url": "http://x/"}
    late = ordering.place_order(quote=quote, by=cast.mia, now=cast.now, **nowhere)
    at = batch.run.fund.deadline_at
    fund_closing.close_due(batch.run.fund_id, now=at)
    card = cast.saved_card(local_stripe, cast.mia)
    CardSetup.objects.filter(purpose_id=late.commitment_id).update(state="complete", card=card)
    fix = fund_closing.fix

    def when_it_is_too_late(*args: Any, **given: Any) -> Fund:
        monkeypatch.setattr(fund_closing, "fix", fix)
        assert at_once(lambda: committing.settle_draft(late.commitment_id, now=at))[0].state == "secured"
        return fix(*args, **given)

    monkeypatch.setattr(fund_closing, "fix", when_it_is_too_late)
    with pytest.raises(RuntimeError, match="needs an amount"):
        closing.fix(batch.run.pk, now=at)
    closing.fix(batch.run.pk, now=at)
    late.refresh_from_db()
    batch.run.refresh_from_db()
    assert batch.run.unit_price_minor is not None
    assert late.commitment.counted_minor == 2 * batch.run.unit_price_minor


def test_what_is_foreseen_of_a_batch_is_what_happens(cast: Cast, local_stripe: LocalStripe) -> None:
    """Tax and fees make the promises larger than the minimum, and never help to reach it."""
    batch = Batch(cast, local_stripe, tax_percent=Decimal(100))
    batch.order(2)
    said = StringIO()
    call_command("close_funds", "--dry-run", "--all", stdout=said)
    assert "nobody would be charged" in said.getvalue()
    batch.close()
    assert batch.run.fund.state == Fund.State.MISSED
