"""Who holds which work and for how long, who waits for whom, and that nobody is dropped without having been asked."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import claiming, closing, collecting, committing, deciding, locks, tasks
from funding.models import Commitment, Fund
from members.models import Transition
from payments import stripe_gateway
from payments.models import Attempt, Payment
from payments.stripe_gateway import AccountRef
from tests import cast as cards
from tests.cast import Cast
from tests.funding.test_races import at_once
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State
DAY = datetime.timedelta(days=1)


def collecting_fund(cast: Cast, number: int) -> tuple[Fund, list[Commitment]]:
    fund = cast.fund("50.00")
    promises = [cast.secured(fund, "60.00") for _ in range(number)]
    return cast.close(fund), promises


def test_the_second_worker_takes_others_and_does_not_wait(cast: Cast) -> None:
    fund, _promises = collecting_fund(cast, 4)
    held, may_end = threading.Event(), threading.Event()

    def first() -> list[UUID]:
        with transaction.atomic():
            claimed = collecting.claim_due(now=fund.deadline_at, limit=2)
            held.set()
            assert may_end.wait(20), "the second worker waited for the first"
        return claimed

    def second() -> list[UUID]:
        held.wait(20)
        claimed = collecting.claim_due(now=fund.deadline_at, limit=2)
        may_end.set()
        return claimed

    one, other = at_once(first, second)
    assert len({*one, *other}) == 4


def test_a_dead_workers_work_comes_back_when_its_lease_is_over(cast: Cast) -> None:
    fund, (promise,) = collecting_fund(cast, 1)
    at = fund.deadline_at
    assert collecting.claim_due(now=at, limit=9) == [promise.pk]
    almost = at + claiming.LEASE - datetime.timedelta(microseconds=1)
    assert collecting.claim_due(now=almost, limit=9) == []
    assert collecting.claim_due(now=at + claiming.LEASE, limit=9) == [promise.pk]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewed so often that nobody has to wait for it."""
    monkeypatch.setattr(claiming, "RENEWED_EVERY", datetime.timedelta(milliseconds=20))


def held_until(promise: Commitment) -> datetime.datetime | None:
    return Commitment.objects.values_list("claimed_until_at", flat=True).get(pk=promise.pk)


def claimed(cast: Cast, number: int) -> tuple[datetime.datetime, list[Commitment]]:
    fund, promises = collecting_fund(cast, number)
    assert set(collecting.claim_due(now=fund.deadline_at, limit=9)) == {one.pk for one in promises}
    return fund.deadline_at, promises


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("task", "verb"),
    [
        ("collect", "collecting.collect"),
        ("end_overdue", "deciding.drop_overdue"),
        ("end_overdue", "committing.abandon"),
    ],
)
@pytest.mark.parametrize("guarded", [True, False])
def test_who_still_works_keeps_it_past_the_lease(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, task: str, verb: str, guarded: bool
) -> None:
    fund = cast.fund("50.00")
    promise = cast.draft(fund, cast.mia, "60.00") if verb.endswith("abandon") else cast.secured(fund, "60.00")
    begun = fund.deadline_at
    if not verb.endswith("abandon"):
        cast.close(fund)
    if verb.endswith("drop_overdue"):
        closing.cancel(fund.pk, by=cast.petra, now=begun, why="flood")
    moments = [begun]
    seen: list[UUID] = []
    if not guarded:
        monkeypatch.setattr(claiming, "LONGEST_HOLD", datetime.timedelta(0))

    def slowly(commitment_id: UUID, *, now: datetime.datetime) -> None:
        seen.append(commitment_id)
        moments[0] = begun + claiming.LEASE * 0.9
        if guarded:
            wait_until(lambda: held_until(promise) == moments[0] + claiming.LEASE)
        later = begun + claiming.LEASE * 1.1
        others = (collecting.claim_due, deciding.claim_overdue, committing.claim_endable)
        assert any(claim(now=later, limit=9) for claim in others) is not guarded

    module, name = verb.split(".")
    monkeypatch.setattr(getattr(tasks, module), name, slowly)
    monkeypatch.setattr(tasks, "database_now", lambda: moments[0])
    monkeypatch.setattr(tasks.sweep, "delay", lambda: None)
    getattr(tasks, task)()
    assert seen == [promise.pk]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("other", [None, datetime.timedelta(minutes=3)])
def test_what_is_done_or_taken_over_is_not_renewed(cast: Cast, other: datetime.timedelta | None) -> None:
    at, (ours, theirs) = claimed(cast, 2)
    changed = None if other is None else at + other
    Commitment.objects.filter(pk=theirs.pk).update(claimed_until_at=changed)
    later = at + datetime.timedelta(seconds=9)
    with claiming.held([ours.pk, theirs.pk], now=at, clock=lambda: later):
        wait_until(lambda: held_until(ours) == later + claiming.LEASE)
    assert held_until(theirs) == changed


@pytest.mark.usefixtures("hasty")
def test_claims_are_renewed_again_after_postgresql_was_away(cast: Cast) -> None:
    at, (promise,) = claimed(cast, 1)
    answers: list[Callable[[], datetime.datetime]] = []

    def clock() -> datetime.datetime:
        answers.append(clock)
        if len(answers) < 3:
            raise OperationalError("the database system is starting up")
        return at + datetime.timedelta(seconds=9)

    with claiming.held([promise.pk], now=at, clock=clock):
        wait_until(lambda: held_until(promise) == at + datetime.timedelta(seconds=9) + claiming.LEASE)


@pytest.mark.usefixtures("hasty")
def test_who_hangs_for_ever_holds_nothing_for_ever(cast: Cast) -> None:
    at, (promise,) = claimed(cast, 1)
    moments = iter(at + claiming.LONGEST_HOLD * part for part in (0.5, 0.99, 1, 2, 3))
    before = threading.active_count()
    with claiming.held([promise.pk], now=at, clock=lambda: next(moments)):
        assert threading.active_count() == before + 1
        wait_until(lambda: threading.active_count() == before)
    assert held_until(promise) == at + claiming.LONGEST_HOLD + claiming.LEASE


@pytest.mark.race
@pytest.mark.parametrize(("number", "end", "charged"), [(cards.OK, "paid", 1), (cards.DECLINED_LATER, "declined", 0)])
def test_who_takes_over_from_the_living_charges_nobody_twice(
    cast: Cast, local_stripe: LocalStripe, number: str, end: str, charged: int
) -> None:
    """PostgreSQL was away for longer than a lease: the one before still waits for Stripe when another takes over."""
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", number=number, stripe=local_stripe)
    at = cast.close(fund).deadline_at
    local_stripe.control("POST", "faults", {"action": "slow", "path": "/confirm$", "seconds": 3})

    def take_over() -> list[UUID]:
        wait_until(Attempt.objects.filter(state=Attempt.State.SENT).exists)
        later = at + claiming.LEASE
        taken = collecting.claim_due(now=later, limit=9)
        for pk in taken:
            collecting.collect(pk, now=later)
        return taken

    def charge() -> None:
        for pk in collecting.claim_due(now=at, limit=9):
            collecting.collect(pk, now=at)

    assert at_once(charge, take_over) == [None, [promise.pk]]
    asked = [row["path"] for row in local_stripe.control("GET", "requests") if row["method"] == "POST"]
    assert len([path for path in asked if path.endswith("/confirm")]) == 2, (
        "the second one did not try beside the first"
    )
    promise.refresh_from_db()
    assert (promise.state, promise.payment and promise.payment.state == "succeeded") == (end, bool(charged))
    account = AccountRef(cast.receiver.stripe_account, cast.receiver.livemode)
    intents = [intent["status"] for intent in stripe_gateway.list_intents(account)]
    assert (len(intents), intents.count("succeeded")) == (1, charged)
    assert Transition.objects.filter(subject_id=promise.pk, to_state=end).count() == 1
    assert books.check() == []


def test_nobody_drops_what_another_worker_is_charging(cast: Cast, local_stripe: LocalStripe) -> None:
    fund, (promise,) = collecting_fund(cast, 1)
    closing.cancel(fund.pk, by=cast.petra, now=fund.deadline_at, why="flood")
    at = fund.deadline_at
    Commitment.objects.filter(pk=promise.pk).update(claimed_until_at=at + claiming.LEASE)
    assert deciding.claim_overdue(now=at, limit=9) == []
    later = at + claiming.LEASE
    assert deciding.claim_overdue(now=later, limit=9) == [promise.pk]
    assert deciding.claim_overdue(now=later, limit=9) == []


def test_a_page_is_ended_by_one_worker(cast: Cast) -> None:
    draft = cast.draft(cast.fund("50.00"), cast.mia, "60.00")
    late = cast.now + committing.DRAFT_LIFETIME
    assert committing.claim_endable(now=late - datetime.timedelta(seconds=1), limit=9) == []
    assert committing.claim_endable(now=late, limit=9) == [draft.pk]
    assert committing.claim_endable(now=late, limit=9) == []
    assert committing.claim_endable(now=late + claiming.LEASE, limit=9) == [draft.pk]


def test_whoever_was_never_asked_is_given_a_day_more(cast: Cast, local_stripe: LocalStripe) -> None:
    """The workers stood still for the whole window: that is nobody's fault whose card was saved."""
    fund = cast.fund("100.00")
    tried = cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    untried = cast.secured(fund, "60.00", stripe=local_stripe)
    fund = cast.close(fund)
    collecting.collect(tried.pk, now=fund.deadline_at)
    assert fund.window_ends_at is not None
    over = fund.window_ends_at
    assert deciding.claim_overdue(now=over - datetime.timedelta(seconds=1), limit=9) == []
    assert deciding.claim_overdue(now=over, limit=9) == [tried.pk]
    deciding.drop_overdue(tried.pk, now=over)
    assert not deciding.decide(fund.pk, now=over)  # still one whose money may come
    collecting.collect(untried.pk, now=over)
    untried.refresh_from_db()
    assert untried.state == State.PAID


def test_whoever_could_not_be_asked_for_a_day_is_dropped_after_all(cast: Cast, local_stripe: LocalStripe) -> None:
    fund, (promise,) = collecting_fund(cast, 1)
    assert fund.window_ends_at is not None
    end = fund.window_ends_at + deciding.UNTRIED_GRACE
    assert deciding.claim_overdue(now=end - datetime.timedelta(seconds=1), limit=9) == []
    assert deciding.claim_overdue(now=end, limit=9) == [promise.pk]
    deciding.drop_overdue(promise.pk, now=end)
    assert deciding.decide(fund.pk, now=end)
    fund.refresh_from_db()
    assert fund.state == Fund.State.REFUNDING


def test_who_joins_long_after_the_window_has_a_day_of_their_own(cast: Cast) -> None:
    fund = cast.fund("50.00", takes_late=True)
    cast.secured(fund, "60.00")
    fund = cast.close(fund)
    assert fund.window_ends_at is not None
    Fund.objects.filter(pk=fund.pk).update(state=Fund.State.MET)
    joined = fund.window_ends_at + 30 * DAY
    late = cast.secured(fund, "60.00", now=joined)
    assert late.state == State.CHARGING
    assert late.pk not in deciding.claim_overdue(now=joined + DAY - datetime.timedelta(seconds=1), limit=9)
    assert late.pk in deciding.claim_overdue(now=joined + DAY, limit=9)


@pytest.mark.parametrize(("minutes", "code"), [(0, "window_wrong"), (1, ""), (86_400, ""), (86_401, "window_wrong")])
def test_the_time_to_mend_a_card_is_from_a_minute_to_sixty_days(cast: Cast, minutes: int, code: str) -> None:
    if not code:
        assert cast.fund("50.00", window_minutes=minutes).window_minutes == minutes
        return
    with pytest.raises(ValidationError) as refused:
        cast.fund("50.00", window_minutes=minutes)
    assert (refused.value.code, Fund.objects.exists()) == (code, False)


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_a_cancel_waits_for_whoever_prepares_a_charge(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Else somebody would be charged for what was called off before."""
    fund, (promise,) = collecting_fund(cast, 1)
    preparing, may_go_on, cancelled = threading.Event(), threading.Event(), threading.Event()
    prepare = collecting.charging.prepare_payment

    def slowly(**fields: Any) -> Payment:
        preparing.set()
        may_go_on.wait(10)
        return prepare(**fields)

    monkeypatch.setattr(collecting.charging, "prepare_payment", slowly)
    if not guarded:
        monkeypatch.setattr(locks, "share", lambda fund_id: None)

    def cancel() -> None:
        preparing.wait(10)
        closing.cancel(fund.pk, by=cast.petra, now=fund.deadline_at, why="flood")
        cancelled.set()

    def watch() -> bool:
        preparing.wait(10)
        overtaken = cancelled.wait(1)
        may_go_on.set()
        return overtaken

    payment, _none, overtaken = at_once(
        lambda: collecting._payment_for(promise.pk, now=fund.deadline_at), cancel, watch
    )
    assert isinstance(payment, Payment)
    assert overtaken is not guarded
    fund.refresh_from_db()
    assert fund.state == Fund.State.REFUNDING
    assert collecting._payment_for(promise.pk, now=fund.deadline_at) is None
