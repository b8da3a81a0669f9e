"""Races on PostgreSQL with real threads; each with its guard, and once without, when it must go wrong."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from uuid6 import UUID, uuid7

from campaigns import pledging
from campaigns.choosing import Choice
from campaigns.models import Campaign, Pledge, PledgeLine, Tier
from csm import books
from csm.local_stripe.process import LocalStripe
from funding import closing, collecting, committing, deciding, locks
from funding.models import Commitment, Fund
from members.models import Transition
from members.moves import move, record
from payments import card_saving, charging
from payments.models import CardSetup, Payment, Refund
from tests.campaigns.test_api import launched
from tests.cast import Cast, euro

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Start all deeds together; what each returned or raised."""
    barrier = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def one(number: int, deed: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = deed()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@contextmanager
def without(table: str, constraint: str, restore: str) -> Iterator[None]:
    """PostgreSQL without one of its constraints."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        try:
            yield
        finally:
            # What went wrong without it must go before it can come back.
            cursor.execute(f"DELETE FROM {table}" if restore.startswith("UNIQUE") else f"UPDATE {table} SET taken = 0")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {restore}")


def pledge(
    campaign: Campaign,
    tier: Tier | None,
    member: Any,
    now: datetime.datetime,
    key: UUID | None = None,
    quantity: int = 1,
) -> Pledge:
    return pledging.pledge(
        campaign=campaign,
        choices=[] if tier is None else [Choice(tier, quantity)],
        amount=None if tier else euro("20.00"),
        form_key=key or uuid7(),
        accepted_from=None,
        success_url="http://x/",
        cancel_url="http://x/",
        by=member,
        now=now,
    )


def held() -> int:
    """How many pieces are held by all pledges together."""
    return sum(PledgeLine.objects.filter(holds=True).values_list("quantity", flat=True))


def sixty(cast: Cast, quantity: int) -> tuple[Tier, list[Any]]:
    campaign = launched(cast)
    Tier.objects.update(cap=10)
    tier = campaign.tiers.get()
    people = [cast.person(f"p{number}") for number in range(60)]
    return tier, at_once(*(lambda one=one: pledge(campaign, tier, one, cast.now, quantity=quantity) for one in people))


@pytest.mark.parametrize(("quantity", "served"), [(1, 10), (2, 5), (3, 3)])
def test_sixty_want_the_last_ten(cast: Cast, quantity: int, served: int) -> None:
    tier, results = sixty(cast, quantity)
    refused = [one for one in results if isinstance(one, ValidationError)]
    assert len([one for one in results if isinstance(one, Pledge)]) == served
    assert {one.code for one in refused} == {"tier_sold_out"}
    assert len(refused) == 60 - served
    tier.refresh_from_db()
    assert tier.taken == held() == served * quantity


@pytest.mark.parametrize("quantity", [1, 3])
def test_without_the_conditional_update_more_than_ten_are_given_away(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, quantity: int
) -> None:
    together = threading.Barrier(12)

    def check_then_take(tier: Tier, more: int) -> None:
        seen = Tier.objects.get(pk=tier.pk)
        with suppress(threading.BrokenBarrierError):
            together.wait(2)
        if seen.cap is not None and seen.taken + more > seen.cap:
            raise ValidationError("sold out", code="tier_sold_out")
        Tier.objects.filter(pk=tier.pk).update(taken=F("taken") + more)

    monkeypatch.setattr(pledging, "_count", check_then_take)
    with without("campaigns_tier", "tier_taken_within_cap", "CHECK (cap IS NULL OR taken <= cap)"):
        sixty(cast, quantity)
        assert held() > 10


def test_a_double_click_is_one_pledge(cast: Cast) -> None:
    campaign, key = launched(cast), uuid7()
    results = at_once(*(lambda: pledge(campaign, None, cast.mia, cast.now, key) for _ in range(8)))
    assert {one.pk for one in results if isinstance(one, Pledge)} == {Pledge.objects.get().pk}
    assert not [one for one in results if isinstance(one, IntegrityError)]


def test_without_the_unique_key_a_double_click_is_many(cast: Cast) -> None:
    campaign, key = launched(cast), uuid7()
    with without("campaigns_pledge", "pledge_form_once", "UNIQUE (member_id, form_key)"):
        at_once(*(lambda: pledge(campaign, None, cast.mia, cast.now, key) for _ in range(8)))
        assert Pledge.objects.count() > 1


def test_two_closers_close_once(cast: Cast) -> None:
    fund = cast.fund("50.00")
    cast.secured(fund, "60.00")
    at = fund.deadline_at
    results = at_once(*(lambda: closing.close_due(fund.pk, now=at) for _ in range(8)))
    assert results.count(True) == 1
    amounts = {"required": euro("50.00"), "amounts": None, "now": at}
    at_once(*(lambda: closing.fix(fund.pk, **amounts) for _ in range(8)))
    moves = Transition.objects.filter(subject_id=fund.pk).values_list("to_state", flat=True)
    assert sorted(moves) == ["closing", "collecting", "open"]


def blind_move(row: Any, to: str, *, by: Any, now: datetime.datetime, why: str = "", **fields: Any) -> bool:
    """`move` without its compare: whatever the state is by now."""
    type(row).objects.filter(pk=row.pk).update(state=to, **fields)
    record(row, row.state, to, by=by, now=now, why=why)
    return True


def test_without_lock_and_comparison_two_closers_close_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fund = cast.fund("50.00")
    cast.secured(fund, "60.00")
    together = threading.Barrier(8)

    def look(fund_id: UUID) -> Fund:
        seen = Fund.objects.get(pk=fund_id)
        together.wait(20)
        return seen

    monkeypatch.setattr(closing, "_hold", look)
    monkeypatch.setattr(closing, "move", blind_move)
    results = at_once(*(lambda: closing.close_due(fund.pk, now=fund.deadline_at) for _ in range(8)))
    assert results.count(True) == 8


@pytest.mark.parametrize("guarded", [True, False])
def test_nobody_leaves_while_the_fund_closes(cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    """The close waits for who is just leaving; without the shared lock it would overtake them."""
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00")
    leaving, may_go_on, closed = threading.Event(), threading.Event(), threading.Event()
    if not guarded:
        monkeypatch.setattr(locks, "share", lambda fund_id: None)
        # The row of the fund is not locked by those who leave, only the advisory lock keeps the close away.

    def leave() -> None:
        with transaction.atomic():
            committing.hold_open(fund.pk, now=cast.now)
            leaving.set()
            may_go_on.wait(10)
            committing.withdraw(Commitment.objects.select_related("fund").get(pk=one.pk), by=one.member, now=cast.now)

    def close() -> None:
        leaving.wait(10)
        closing.close_due(fund.pk, now=fund.deadline_at)
        closed.set()

    def watch() -> bool:
        leaving.wait(10)
        overtaken = closed.wait(1)
        may_go_on.set()
        return overtaken

    overtaken = at_once(leave, close, watch)[2]
    assert overtaken is not guarded


def test_one_task_three_times_charges_once(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    at = fund.deadline_at
    at_once(*(lambda: collecting.collect(one.pk, now=at) for _ in range(3)))
    cast.collect_all(at + datetime.timedelta(minutes=10))
    one.refresh_from_db()
    assert one.state == Commitment.State.PAID
    asked = [row for row in local_stripe.control("GET", "requests") if row["path"] == "/v1/payment_intents"]
    assert len({row["key"] for row in asked if row["method"] == "POST"}) == 1
    assert local_stripe.control("GET", "requests")
    assert books.check() == []


def test_without_its_guards_one_task_three_times_charges_three_times(
    cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row lock and the one live payment of a purpose: without them each worker makes a payment of its own."""
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    at = fund.deadline_at
    together = threading.Barrier(3)

    def look_then_prepare(commitment_id: UUID, *, now: datetime.datetime) -> Payment:
        row = Commitment.objects.select_related("fund__account__receiver", "card__customer", "member").get(pk=one.pk)
        together.wait(20)
        assert row.card is not None
        return charging.prepare_payment(
            purpose_id=row.pk,
            payer=row.member,
            card=row.card,
            credit_account=row.fund.account,
            amount=euro("60.00"),
            description="x",
            now=now,
        )

    monkeypatch.setattr(collecting, "_payment_for", look_then_prepare)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX payment_live_once")
        try:
            at_once(*(lambda: collecting.collect(one.pk, now=at) for _ in range(3)))
            assert Payment.objects.filter(state=Payment.State.SUCCEEDED).count() == 3
        finally:
            last = Payment.objects.latest("pk").pk
            Payment.objects.exclude(pk=last).update(state=Payment.State.CANCELED)
            cursor.execute(
                "CREATE UNIQUE INDEX payment_live_once ON payments_payment (purpose_id) WHERE NOT state = 'canceled'"
            )


@pytest.mark.parametrize("guarded", [True, False])
def test_a_charge_whose_answer_was_lost_is_not_forgotten_by_a_cancel(
    cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Dropping asks Stripe first: what was charged meanwhile counts as paid and goes back. Else it would stay there."""
    if not guarded:

        def believe(payment_id: UUID, *, now: datetime.datetime) -> Payment:
            payment = Payment.objects.get(pk=payment_id)
            move(payment, Payment.State.CANCELED, by=None, now=now)
            return payment

        monkeypatch.setattr(charging, "cancel_payment", believe)
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    fund = cast.fund("50.00")
    one = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    local_stripe.control("POST", "faults", {"action": "reset_after", "path": "/confirm$"})
    collecting.collect(one.pk, now=fund.deadline_at)
    closing.cancel(fund.pk, by=cast.petra, now=fund.deadline_at, why="flood")
    deciding.drop_overdue(one.pk, now=fund.deadline_at)
    cast.return_all(fund, fund.deadline_at)
    returned = Refund.objects.filter(payment__purpose_id=one.pk).exists()
    assert returned is guarded


def test_cancelling_while_charging_returns_what_arrived(cast: Cast, local_stripe: LocalStripe) -> None:
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    local_stripe.control("POST", "clock", {"advance": 0})
    fund = cast.fund("50.00")
    promises = [cast.secured(fund, "30.00", stripe=local_stripe) for _ in range(6)]
    cast.close(fund)
    at = fund.deadline_at
    charge = [lambda pk=one.pk: collecting.collect(pk, now=at) for one in promises]
    at_once(*charge, lambda: closing.cancel(fund.pk, by=cast.petra, now=at, why="flood"))
    later = at + datetime.timedelta(minutes=10)
    for _ in range(4):
        cast.collect_all(later)
        for pk in deciding.claim_overdue(now=later, limit=100):
            deciding.drop_overdue(pk, now=later)
        cast.return_all(fund, later)
        later += datetime.timedelta(hours=2)
    fund.refresh_from_db()
    assert fund.state == Fund.State.REFUNDED
    assert not Commitment.objects.filter(state__in=Commitment.UNDECIDED).exists()
    assert books.check() == []


def test_nobody_fills_the_line_to_stripe_with_pages_they_leave_open(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    begun = [pledge(campaign, None, cast.mia, cast.now) for _ in range(card_saving.MOST_PAGES_AT_ONCE + 4)]
    refused: list[str | None] = []
    # Stripe knows her from then on; before that, two at once would be told to try again.
    committing.open_card_page(begun[0].commitment_id, now=cast.now)

    def go_to_page(commitment_id: Any) -> None:
        try:
            committing.open_card_page(commitment_id, now=cast.now)
        except ValidationError as refusal:
            refused.append(refusal.code)

    at_once(*[lambda pk=one.commitment_id: go_to_page(pk) for one in begun])
    assert refused == ["too_many_card_pages"] * 4
    assert CardSetup.objects.filter(state="open").count() == card_saving.MOST_PAGES_AT_ONCE
    # Somebody else goes on as before, and so does she once she has discarded some.
    assert committing.open_card_page(pledge(campaign, None, cast.theo, cast.now).commitment_id, now=cast.now)
    for one in begun[:4]:
        pledging.withdraw(one, by=cast.mia, now=cast.now)
    for one in begun[4:]:
        assert committing.open_card_page(one.commitment_id, now=cast.now)


@pytest.mark.parametrize("guarded", [True, False])
def test_many_at_once_begin_no_more_than_one_after_the_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    campaign = launched(cast)
    tier = campaign.tiers.get()
    Tier.objects.filter(pk=tier.pk).update(cap=20)
    tier.refresh_from_db()
    if not guarded:
        # The count as it is, without the row that makes the counters wait for each other.
        monkeypatch.setattr(committing.Member.objects, "select_for_update", lambda **_: committing.Member.objects.all())
    counted = threading.Barrier(8)
    count = committing.Commitment.objects.of_member

    def slowly(member: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            counted.wait(1)
        return count(member)

    monkeypatch.setattr(committing.Commitment.objects, "of_member", slowly)
    at_once(*[lambda: pledge(campaign, tier, cast.mia, cast.now) for _ in range(8)])
    tier.refresh_from_db()
    assert Pledge.objects.count() == tier.taken
    assert (tier.taken == committing.MOST_DRAFTS) == guarded
