"""Who comes while a fund ends: a card that is just saved, and two who bring an ended fund back to zero."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import closing, committing, locks, settling, statement
from funding.models import Commitment, Fund
from payments import refunding
from payments.models import CardSetup, Entry
from payments.money import Money
from tests.cast import Cast, euro
from tests.funding.test_edges import finished_draft, settled
from tests.funding.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

State = Commitment.State


def misses(cast: Cast, fund: Fund) -> None:
    closing.fix(fund.pk, required=euro("100.00"), amounts=None, now=fund.deadline_at)


def is_cancelled(cast: Cast, fund: Fund) -> None:
    closing.cancel(fund.pk, by=cast.petra, now=fund.deadline_at, why="flood")


@pytest.mark.parametrize("end", [misses, is_cancelled])
@pytest.mark.parametrize("off", ["", "share", "hold_alone"])
def test_whose_card_is_saved_while_everybody_is_released_is_released_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, end: Callable[[Cast, Fund], None], off: str
) -> None:
    """Whoever releases waits for who is just promising; else they would wait for ever in a fund that has ended."""
    fund = cast.fund("100.00")
    cast.secured(fund, "10.00")
    late = finished_draft(cast, fund, "20.00")
    closing.close_due(fund.pk, now=fund.deadline_at)
    saving, may_go_on, ended = threading.Event(), threading.Event(), threading.Event()
    secure = committing._secure

    def slowly(commitment: Commitment, setup: CardSetup, *, now: datetime.datetime) -> None:
        saving.set()
        may_go_on.wait(10)
        secure(commitment, setup, now=now)

    monkeypatch.setattr(committing, "_secure", slowly)
    if off:
        monkeypatch.setattr(locks, off, lambda fund_id: None)

    def release() -> None:
        saving.wait(10)
        end(cast, fund)
        ended.set()

    def watch() -> bool:
        saving.wait(10)
        overtaken = ended.wait(1)
        may_go_on.set()
        return overtaken

    _saved, _released, overtaken = at_once(
        lambda: committing.settle_draft(late.pk, now=fund.deadline_at), release, watch
    )
    late.refresh_from_db()
    assert overtaken is bool(off)
    assert late.state == (State.SECURED if off else State.RELEASED)
    forgotten = ["nobody is kept waiting by what has ended"] if off else []
    assert [breach.invariant for breach in books.check()] == forgotten


@pytest.mark.parametrize("guarded", [True, False])
def test_two_at_once_bear_a_loss_once(
    cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The second one, who has read the same balance, would count the first one's entry and book a second."""
    fund, payment = settled(cast, local_stripe)
    later = fund.deadline_at + datetime.timedelta(days=30)
    refunding.request_refund(payment=payment, amount=euro("60.00"), purpose="asked", by=None, now=later)
    both_have_read, first_is_done = threading.Barrier(2), threading.Event()
    reads = threading.local()
    balance = settling.balance

    def slowly(account: Any) -> Money:
        stands = balance(account)
        reads.number = getattr(reads, "number", 0) + 1
        if reads.number == 2:
            with suppress(threading.BrokenBarrierError):
                if both_have_read.wait(2) == 1:
                    first_is_done.wait(10)
        return stands

    def absorb() -> bool:
        try:
            return settling.absorb(fund.pk, now=later)
        finally:
            first_is_done.set()

    monkeypatch.setattr(settling, "balance", slowly)
    if not guarded:
        monkeypatch.setattr(locks, "hold_alone", lambda fund_id: None)
    results = at_once(absorb, absorb)
    monkeypatch.undo()
    assert sorted(results) == ([False, True] if guarded else [True, True])
    assert Entry.objects.filter(fact="fund_loss_borne").count() == (1 if guarded else 2)
    assert bool(statement.statement(fund.pk).left) is not guarded
    assert (books.check() == []) is guarded
