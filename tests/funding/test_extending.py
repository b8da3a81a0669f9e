"""A deadline moves once, later, while it is open; everybody who promised is told; and a close never meets it halfway."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from post_office.models import Email

from funding import closing, committing, extending, locks, mailing
from funding.models import Commitment, Fund
from members.models import Transition
from tests.cast import Cast
from tests.funding.test_races import at_once

DAY = datetime.timedelta(days=1)
State = Commitment.State


@pytest.mark.django_db
def test_who_promised_before_is_told_once_and_may_withdraw(cast: Cast) -> None:
    fund = cast.fund(days=1)
    early = cast.secured(fund, "20.00")
    gone = cast.secured(fund, "30.00", member=cast.person("gustav"))
    assert mailing.announce(early, now=cast.now)
    later = cast.now + datetime.timedelta(hours=1)
    extending.extend(fund.pk, deadline_at=fund.deadline_at + 9 * DAY, by=cast.petra, now=later)
    extended = Fund.objects.get(pk=fund.pk)
    assert (extended.deadline_at, extended.extended_at) == (fund.deadline_at + 9 * DAY, later)
    assert Transition.objects.filter(subject_id=fund.pk, by=cast.petra, why__startswith="deadline ").count() == 1
    with transaction.atomic():
        gone.fund = committing.hold_open(fund.pk, now=later)
        committing.withdraw(gone, by=gone.member, now=later)
    late = cast.secured(extended, "10.00", member=cast.person("hanne"))
    Commitment.objects.filter(pk=late.pk).update(created_at=later + DAY)
    Email.objects.all().delete()
    due = mailing.extended(limit=9)
    assert [one.pk for one in due] == [early.pk]
    assert [mailing.tell_extended(one, now=later) for one in due + due] == [True, False]
    assert mailing.extended(limit=9) == []
    mail = Email.objects.get()
    assert mail.to == [early.member.email]
    assert "It cannot be moved again." in mail.message
    assert "until the new deadline you can" in mail.message
    # It is announced anew before the new deadline, and closes then and not before.
    assert [one.pk for one in mailing.announceable(now=extended.deadline_at - DAY, limit=9)] == [early.pk, late.pk]
    assert not closing.close_due(fund.pk, now=fund.deadline_at)
    assert closing.close_due(fund.pk, now=extended.deadline_at)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "by", "code"),
    [
        (0, 0, "deadline_not_later"),
        (0, -1, "deadline_not_later"),
        (0, 61, "extended_too_far"),
        (7, 1, "fund_closed"),
    ],
)
def test_no_other_move_of_a_deadline(cast: Cast, at: int, by: int, code: str) -> None:
    fund = cast.fund()
    with pytest.raises(ValidationError) as refused:
        extending.extend(fund.pk, deadline_at=fund.deadline_at + by * DAY, by=cast.petra, now=cast.now + at * DAY)
    assert refused.value.code == code
    assert Fund.objects.get(pk=fund.pk).deadline_at == fund.deadline_at


@pytest.mark.django_db
def test_it_moves_once_only_whoever_writes(cast: Cast) -> None:
    fund = cast.fund()
    extending.extend(fund.pk, deadline_at=fund.deadline_at + DAY, by=cast.petra, now=cast.now)
    with pytest.raises(ValidationError) as again:
        extending.extend(fund.pk, deadline_at=fund.deadline_at + 2 * DAY, by=cast.petra, now=cast.now)
    assert again.value.code == "extended_before"
    row = Fund.objects.filter(pk=fund.pk)
    for change in ({"deadline_at": fund.deadline_at + 2 * DAY}, {"extended_at": None}, {"extended_at": cast.now + DAY}):
        with pytest.raises(DatabaseError, match="keeps its terms"), transaction.atomic():
            row.update(**change)
    closing.cancel(fund.pk, by=cast.petra, now=cast.now, why="flood")
    assert row.get().state == Fund.State.CANCELLED


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", ["", "lock", "lock and trigger"])
def test_a_deadline_that_moves_while_the_fund_closes_waits_and_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    """Without the lock PostgreSQL refuses it; without its trigger too, a closed fund would have its deadline before it."""
    fund = cast.fund()
    just_before = fund.deadline_at - datetime.timedelta(seconds=1)
    closed, tried = threading.Event(), threading.Event()
    if off:
        monkeypatch.setattr(locks, "hold_alone", lambda fund_id: None)
    if "trigger" in off:
        trigger("DISABLE")

    def close() -> bool:
        with transaction.atomic():
            done = closing.close_due(fund.pk, now=fund.deadline_at)
            closed.set()
            assert not tried.wait(1)
            return done

    def extend() -> Fund:
        closed.wait(10)
        try:
            return extending.extend(fund.pk, deadline_at=fund.deadline_at + DAY, by=cast.petra, now=just_before)
        finally:
            tried.set()

    try:
        done, moved = at_once(close, extend)
    finally:
        if "trigger" in off:
            trigger("ENABLE")
    assert done is True
    after = Fund.objects.get(pk=fund.pk)
    assert after.state == Fund.State.CLOSING
    if off == "":
        assert getattr(moved, "code", "") == "fund_closed"
    elif off == "lock":
        assert isinstance(moved, DatabaseError)
    else:
        assert isinstance(moved, Fund)
    assert (after.deadline_at == fund.deadline_at) is (off != "lock and trigger")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_move_it_at_once_move_it_once(cast: Cast) -> None:
    fund = cast.fund()

    def extend(days: int) -> Fund:
        return extending.extend(fund.pk, deadline_at=fund.deadline_at + days * DAY, by=cast.petra, now=cast.now)

    results = at_once(*(lambda days=days: extend(days) for days in range(1, 7)))
    assert len([one for one in results if isinstance(one, Fund)]) == 1
    assert {one.code for one in results if isinstance(one, ValidationError)} == {"extended_before"}


def trigger(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE funding_fund {word} TRIGGER fund_terms_stay")
