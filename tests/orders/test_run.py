"""A run from the quote to the final bill, against a real Stripe process, and the arithmetic of its price."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from post_office.models import Email

from csm.demo import designs, workshop
from csm.local_stripe.process import LocalStripe
from funding import closing as fund_closing
from funding import committing, deciding, settling
from funding.models import Commitment, Fund
from members.clock import database_now
from members.models import Member, Membership
from orders import closing, comparing, fixing, opening, ordering, quoting, recording
from orders import settling as billing
from orders.models import Cost, Order, Run
from payments import refunding
from payments.booking import balance
from payments.models import CardSetup, Posting, Refund
from payments.money import Money
from payments.writing import written
from products import costing
from products.recipes import MaterialItem, OperationItem, RatePart, Recipe
from tests import cast as cards
from tests.cast import Cast

State = Commitment.State


class Batch:
    """A run of stools at the Werkhof, three at least, five at most."""

    def __init__(self, cast: Cast, stripe: LocalStripe | None = None, **terms: Any) -> None:
        self.cast, self.stripe = cast, stripe
        self.facility = workshop.werkhof(cast.werkhof, cast.petra, now=cast.now)
        self.run = opening.open_run(
            revision=designs.stool(cast.petra, now=cast.now),
            facility=self.facility,
            minimum_units=3,
            maximum_units=5,
            deadline_at=cast.now + datetime.timedelta(days=5),
            terms=opening.Terms(**terms),
            by=cast.petra,
            now=cast.now,
        )

    def order(self, units: int, number: str = cards.OK, member: Member | None = None) -> Order:
        """An order whose card was saved on the hosted page."""
        member = member or self.cast.person(f"consumer{Order.objects.count()}")
        self.run.refresh_from_db()
        quote = quoting.quote(run=self.run, units=units, now=self.cast.now)
        order = ordering.place_order(
            quote=quote,
            accepted_from=None,
            success_url="http://x/",
            cancel_url="http://x/",
            by=member,
            now=self.cast.now,
        )
        card = self.cast.saved_card(self.stripe, member, number)
        CardSetup.objects.filter(purpose_id=order.commitment_id).update(state="complete", card=card)
        committing.settle_draft(order.commitment_id, now=self.cast.now)
        order.refresh_from_db()
        return order

    def close(self) -> datetime.datetime:
        at = self.run.fund.deadline_at
        fund_closing.close_due(self.run.fund_id, now=at)
        closing.fix(self.run.pk, now=at)
        self.cast.collect_all(at)
        deciding.decide(self.run.fund_id, now=at)
        self.run = Run.objects.select_related("fund", "facility").get(pk=self.run.pk)
        return at


def check_the_public_bill(run: Run, actual: int, back: int) -> None:
    """Plan and outcome add up, and the page says so."""
    run.refresh_from_db()
    compared = comparing.compare(run)
    assert compared is not None
    assert compared.pieces == 4
    assert compared.actual.minor == sum(run.costs.values_list("amount_minor", flat=True))
    assert {row.kind for row in compared.rows} >= {"material", "machine", "labour", "packing", "tax"}
    assert compared.planned.minor == sum(row.planned.minor for row in compared.rows)
    assert (compared.real.minor, compared.back.minor) == (actual, back)
    bill = Client().get(f"{run.get_absolute_url()}bill/").content.decode()
    assert "4 pieces were made" in bill
    for amount in (compared.real, compared.back, compared.real_unit, compared.planned, compared.actual):
        assert written(amount) in bill


@pytest.mark.django_db(transaction=True)
def test_a_run_settles_to_exactly_zero(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(
        cast,
        local_stripe,
        packing_minor=150,
        tax_percent=Decimal(19),
        fee_fraction=Decimal("0.014"),
        fee_fixed_minor=25,
    )
    orders = [batch.order(2), batch.order(1), batch.order(1)]
    at = batch.close()
    run = batch.run
    assert run.fund.state == Fund.State.MET
    for order in orders:
        order.refresh_from_db()
        assert order.commitment.amount_minor is not None
        assert order.quote.offered_minor <= order.commitment.amount_minor <= order.quote.ceiling_minor
    with pytest.raises(ValidationError) as early:
        record(run, Cost.Kind.MATERIAL, 7_000, cast.olga, at)
    assert early.value.code == "run_not_in_production"
    assert closing.release(run.pk, now=at)
    assert not closing.release(run.pk, now=at)
    run.refresh_from_db()
    record(run, Cost.Kind.MATERIAL, 7_189, cast.olga, at)
    record(run, Cost.Kind.MACHINE, 1_051, cast.olga, at)
    record(run, Cost.Kind.LABOUR, 6_003, cast.olga, at, worker=cast.olga, minutes=Decimal("150.07"))
    record(run, Cost.Kind.PACKING, 311, cast.olga, at)
    recording.finish(run, by=cast.olga, now=at)
    run = Run.objects.select_related("fund__account__receiver", "facility").get(pk=run.pk)
    result = billing.settle(run, by=cast.petra, now=at)
    assert result.surplus_minor > 0
    run.fund.refresh_from_db()
    assert run.fund.state == Fund.State.SETTLED
    assert not balance(run.fund.account)
    assert not settling.fees(run.fund)
    returned = list(Refund.objects.filter(purpose="settlement").values_list("amount_minor", flat=True))
    assert sum(returned) == result.surplus_minor
    actual = sum(Order.objects.values_list("actual_minor", flat=True))
    assert actual == result.arrived_minor - result.surplus_minor
    for pk in refunding.due(now=at, limit=10):
        refunding.send_refund(pk, now=at)
    assert set(Refund.objects.values_list("state", flat=True)) == {"succeeded"}
    mails = Email.objects.filter(to=orders[0].member.email).order_by("pk")
    assert [mail.subject for mail in mails][-3:] == [
        f"Made: 2 × Plywood stool, order {orders[0].number}",
        f"Final bill: 2 × Plywood stool, order {orders[0].number}",
        f"€{returned[0] / 100:.2f} is on its way back to you",
    ]
    orders[0].refresh_from_db()
    assert f"really cost €{(orders[0].actual_minor or 0) / 100:.2f}" in mails[len(mails) - 2].message
    check_the_public_bill(run, actual, result.surplus_minor)
    with pytest.raises(ValidationError) as late:
        record(run, Cost.Kind.SCRAP, 5, cast.olga, at)
    assert late.value.code == "run_not_in_production"


@pytest.mark.django_db(transaction=True)
def test_costs_above_what_arrived_are_the_learning_pots_and_never_the_wage(
    cast: Cast, local_stripe: LocalStripe
) -> None:
    batch = Batch(cast, local_stripe)
    batch.order(3)
    at = batch.close()
    closing.release(batch.run.pk, now=at)
    batch.run.refresh_from_db()
    record(batch.run, Cost.Kind.LABOUR, 40_000, cast.olga, at, worker=cast.olga, minutes=Decimal(1_000))
    recording.finish(batch.run, by=cast.olga, now=at)
    run = Run.objects.select_related("fund__account__receiver", "facility").get(pk=batch.run.pk)
    result = billing.settle(run, by=cast.petra, now=at)
    assert result.surplus_minor < 0
    wage = Posting.objects.get(entry__fact="fund_settled", account__subject_id=cast.olga.pk)
    assert wage.amount_minor == -40_000
    assert "Olga" not in wage.account.name
    pot = Posting.objects.get(entry__fact="fund_settled", account__kind="organiser")
    assert pot.amount_minor == -result.surplus_minor
    assert not balance(run.fund.account)


@pytest.mark.django_db(transaction=True)
def test_a_run_with_too_few_orders_ends_and_charges_nobody(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    order = batch.order(2)
    at = batch.close()
    assert batch.run.fund.state == Fund.State.MISSED
    assert not closing.release(batch.run.pk, now=at)
    assert closing.end(batch.run.pk, now=at)
    order.refresh_from_db()
    assert order.commitment.state == State.RELEASED
    assert ordering.free_lost_units(limit=10) == 1
    batch.run.refresh_from_db()
    assert (batch.run.state, batch.run.taken_units) == (Run.State.ENDED, 0)


@pytest.mark.django_db(transaction=True)
def test_drops_beyond_the_margin_return_everything(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    batch.order(2)
    batch.order(2, cards.DECLINED_LATER)
    batch.close()
    assert batch.run.fund.state == Fund.State.COLLECTING
    cast.run_out(batch.run.fund)
    assert batch.run.fund.state == Fund.State.REFUNDING
    local_stripe.control("POST", "topups", {"amount": 10_00, "currency": "eur"})
    cast.return_all(batch.run.fund, cast.now + datetime.timedelta(days=30))
    batch.run.fund.refresh_from_db()
    assert batch.run.fund.state == Fund.State.REFUNDED


@pytest.mark.django_db
def test_a_batch_is_never_overfull(cast: Cast) -> None:
    batch = Batch(cast)
    batch.order(4)
    with pytest.raises(ValidationError) as refusal:
        quoting.quote(run=Run.objects.get(pk=batch.run.pk), units=2, now=cast.now)
    assert refusal.value.code == "run_full"
    # Two quotes for the last piece: the second to be accepted is refused.
    run = Run.objects.get(pk=batch.run.pk)
    quotes = [quoting.quote(run=run, units=1, now=cast.now) for _ in range(2)]
    accept = {"accepted_from": None, "success_url": "", "cancel_url": "", "now": cast.now}
    ordering.place_order(quote=quotes[0], by=cast.mia, **accept)
    with pytest.raises(ValidationError) as full:
        ordering.place_order(quote=quotes[1], by=cast.theo, **accept)
    assert full.value.code == "run_full"
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(taken_units=6)


@pytest.mark.django_db
def test_accepting_twice_is_one_order(cast: Cast) -> None:
    batch = Batch(cast)
    quote = quoting.quote(run=batch.run, units=1, now=cast.now)
    accept = {"accepted_from": None, "success_url": "", "cancel_url": "", "by": cast.mia, "now": cast.now}
    assert ordering.place_order(quote=quote, **accept) == ordering.place_order(quote=quote, **accept)
    assert Run.objects.get().taken_units == 1
    with pytest.raises(ValidationError) as other:
        ordering.place_order(quote=quote, **{**accept, "by": cast.theo})
    assert other.value.code == "quote_taken"


@pytest.mark.django_db(transaction=True)
def test_what_is_offered_is_what_is_charged_when_nobody_joins_or_leaves(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe, packing_minor=150, tax_percent=Decimal(19), drop_margin_percent=Decimal(40))
    batch.order(1)
    last = batch.order(4)
    assert last.quote.lines["margin_minor"] > 0
    page = Client().get(batch.run.get_absolute_url()).content.decode()
    batch.close()
    last.refresh_from_db()
    assert last.commitment.amount_minor == last.quote.offered_minor
    assert written(Money(batch.run.unit_price_minor or 0, "EUR")) in page


@pytest.mark.django_db(transaction=True)
def test_nobody_hoards_a_batch_with_orders_that_they_do_not_finish(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast)

    def begin() -> Order:
        batch.run.refresh_from_db()
        quote = quoting.quote(run=batch.run, units=1, now=cast.now)
        return ordering.place_order(
            quote=quote, accepted_from=None, success_url="http://x/", cancel_url="http://x/", by=cast.mia, now=cast.now
        )

    begun = [begin() for _ in range(committing.MOST_DRAFTS)]
    with pytest.raises(ValidationError) as refusal:
        begin()
    assert refusal.value.code == "too_many_drafts"
    batch.run.refresh_from_db()
    assert batch.run.taken_units == committing.MOST_DRAFTS
    committing.open_card_page(begun[0].commitment_id, now=cast.now)
    ordering.withdraw(begun[0], by=cast.mia, now=cast.now)
    assert begun[0].commitment.state == State.ABANDONED
    assert begin().units == 1


@pytest.mark.django_db
def test_evidence_is_never_changed(cast: Cast) -> None:
    batch = Batch(cast)
    quote = quoting.quote(run=batch.run, units=1, now=database_now())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        type(quote).objects.filter(pk=quote.pk).update(ceiling_minor=10**9)


@pytest.mark.django_db
def test_only_the_right_people(cast: Cast) -> None:
    batch = Batch(cast)
    with pytest.raises(ValidationError) as refusal:
        billing.settle(batch.run, by=cast.olga, now=cast.now)
    assert refusal.value.code == "not_producer"
    with pytest.raises(ValidationError) as stranger:
        record(batch.run, Cost.Kind.MATERIAL, 5, cast.mia, cast.now)
    assert stranger.value.code == "not_operator"
    Membership.objects.filter(member=cast.petra).delete()
    with pytest.raises(ValidationError) as former:
        billing.settle(batch.run, by=cast.petra, now=cast.now)
    assert former.value.code == "not_producer"


def record(run: Run, kind: str, amount: int, by: Member, at: datetime.datetime, **work: Any) -> Cost:
    return recording.record_cost(
        run=run,
        kind=kind,
        label="as measured",
        amount_minor=amount,
        evidence="log of the day",
        by=by,
        now=at,
        **work,
    )


recipes = st.builds(
    lambda setup, cycle, price, quantity, pack, contingency: Recipe(
        product="stool",
        workshop="Werkhof",
        currency="EUR",
        priced_on="2026-11-23",
        materials=(
            MaterialItem(
                label="sheet",
                unit="sheet",
                quantity=quantity,
                attrition=Decimal(0),
                setup_quantity=Decimal(0),
                pack_quantity=pack,
                pack_price_minor=price,
            ),
        ),
        operations=(
            OperationItem(
                label="cut",
                process="laser-cutting",
                machine="laser",
                rate=(RatePart("energy", 6000),),
                setup_minutes=setup,
                cycle_minutes=cycle,
                attendance_minutes=Decimal(1),
                pieces_per_cycle=1,
                yield_fraction=Decimal(1),
            ),
        ),
        wage_minor=2400,
        overhead_budget_minor=100_000,
        overhead_planned_hours=Decimal(1000),
        organising_minutes=Decimal(30),
        contingency_percent=contingency,
    ),
    st.decimals(0, 90, places=0),
    st.decimals(0, 20, places=0),
    st.integers(1, 20_000),
    st.decimals("0.05", 3, places=2),
    st.decimals("0.5", 10, places=1),
    st.integers(0, 10).map(Decimal),
)


@given(recipes, st.integers(1, 20), st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_whatever_is_required_pays_for_the_batch(
    recipe: Recipe, minimum: int, more: int, ordered_more: int, margin: int
) -> None:
    maximum = minimum + more
    ordered = min(maximum, minimum + ordered_more)
    fixed = fixing.fix_price(recipe, ordered=ordered, minimum=minimum, drop_margin_percent=Decimal(margin))
    assert fixed.unit_minor <= fixing.ceiling_minor(recipe, minimum, maximum)
    assert minimum <= fixed.required_units <= ordered
    for paid in range(fixed.required_units, ordered + 1):
        assert paid * fixed.unit_minor >= costing.total_minor(recipe, paid)
    assert fixed.required_minor >= costing.total_minor(recipe, minimum)


@given(st.integers(1, 19))
def test_too_few_orders_never_reach_what_is_required(ordered: int) -> None:
    recipe = Recipe(
        product="p",
        workshop="w",
        currency="EUR",
        priced_on="2026-11-23",
        materials=(),
        operations=(),
        wage_minor=2400,
        overhead_budget_minor=0,
        overhead_planned_hours=Decimal(1),
        organising_minutes=Decimal(600),
    )
    fixed = fixing.fix_price(recipe, ordered=ordered, minimum=20, drop_margin_percent=Decimal(10))
    assert ordered * fixed.unit_minor < fixed.required_minor
