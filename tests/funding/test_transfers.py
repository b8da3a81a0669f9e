"""Promises in writing: confirmed, called before the cards, and counted by what arrives."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from post_office.models import Email

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import arriving, closing, committing, promising, statement, tasks, totals
from funding.models import Commitment, Fund
from members.models import Member
from payments import receiving
from payments.booking import Kind, account_for, balance, sibling
from payments.models import Assignment, BankReceipt, Payment
from tests import cast as cards
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _bank(cast: Cast) -> None:
    cast.bank_details()


def state(row: Any) -> str:
    row.refresh_from_db()
    return str(row.state)


def suspense(cast: Cast) -> int:
    return -balance(account_for(cast.receiver, Kind.SUSPENSE, "EUR")).minor


def refused(code: str, deed: Any, **words: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        deed(**words)
    assert refusal.value.code == code


def test_a_written_promise_counts_once_it_is_confirmed(cast: Cast) -> None:
    fund = cast.fund("100.00")
    promise = cast.written(fund, "100.00", confirmed=False)
    assert state(promise) == State.DRAFT
    assert totals.standing(fund.pk).secured_minor == 0
    assert promise.consents.get().given_from == "203.0.113.7"
    refused(
        "state_changed", promising.confirm, commitment_id=promise.pk, maximum=euro("90.00"), by=cast.theo, now=cast.now
    )
    promising.confirm(promise.pk, maximum=euro("100.00"), by=cast.theo, now=cast.now)
    assert state(promise) == State.SECURED
    assert totals.standing(fund.pk).secured_minor == 100_00
    assert books.check() == []


def test_what_was_not_confirmed_by_the_close_does_not_count(cast: Cast) -> None:
    fund = cast.fund("100.00")
    promise = cast.written(fund, "100.00", confirmed=False)
    closing.close_due(fund.pk, now=fund.deadline_at)
    assert not closing.drained(now=fund.deadline_at).exists()
    for pk in committing.claim_endable(now=fund.deadline_at, limit=10):
        committing.abandon(pk, now=fund.deadline_at)
    assert state(promise) == State.ABANDONED
    assert closing.fix(fund.pk, required=euro("100.00"), amounts=None, now=fund.deadline_at).state == Fund.State.MISSED
    assert "did not confirm" in Email.objects.latest("pk").message
    refused(
        "fund_closed",
        promising.confirm,
        commitment_id=promise.pk,
        maximum=euro("100.00"),
        by=cast.theo,
        now=fund.deadline_at,
    )
    assert books.check() == []


def test_more_is_confirmed_anew_and_less_is_not(cast: Cast) -> None:
    fund = cast.fund("100.00")
    promise = cast.written(fund, "100.00")
    words: dict[str, Any] = {"text_version": "1", "text": "x", "accepted_from": None, "by": cast.mia, "now": cast.now}

    def change(amount: str) -> str:
        one = Commitment.objects.select_related("fund", "member").get(pk=promise.pk)
        promising.change(one, maximum=euro(amount), **words)
        assert books.check() == []
        return state(promise)

    assert change("80.00") == State.SECURED
    assert totals.standing(fund.pk).secured_minor == 80_00
    assert change("100.00") == State.SECURED
    assert change("100.01") == State.DRAFT
    assert totals.standing(fund.pk).secured_minor == 0
    promising.confirm(promise.pk, maximum=euro("100.01"), by=cast.theo, now=cast.now)
    assert totals.standing(fund.pk).secured_minor == 100_01
    one = Commitment.objects.select_related("fund", "member").get(pk=promise.pk)
    committing.withdraw(one, by=one.member, now=cast.now)
    assert totals.standing(fund.pk).secured_minor == 0
    assert books.check() == []


def test_transfers_are_called_first_and_cards_last(cast: Cast, local_stripe: LocalStripe) -> None:
    """The cards alone do not make it: none is charged until the town has paid."""
    fund = cast.fund("100.00")
    card = cast.secured(fund, "40.00", stripe=local_stripe)
    town = cast.written(fund, "60.00")
    cast.close(fund)
    at = fund.deadline_at
    assert state(fund) == Fund.State.CALLING
    assert (state(card), state(town)) == (State.SECURED, State.CHARGING)
    called = Email.objects.get(to=town.member.email, subject__contains="Please pay").message
    assert "DE89 3704 0044 0532 0130 00" in called
    assert town.reference[:4] in called
    cast.collect_all(at)
    cast.end_calls(fund, at)
    assert fund.state == Fund.State.CALLING
    assert not Payment.objects.exists()

    cast.arrives("60.00", commitment=town, now=at + 3 * DAY)
    assert state(town) == State.PAID
    cast.end_calls(fund, at + 3 * DAY)
    assert fund.state == Fund.State.COLLECTING
    assert fund.window_ends_at == at + 3 * DAY + datetime.timedelta(minutes=fund.window_minutes)
    cast.collect_all(at + 3 * DAY)
    cast.end_calls(fund, at + 3 * DAY)
    assert (state(card), fund.state) == (State.PAID, Fund.State.MET)
    assert balance(fund.account).minor == -100_00
    assert balance(sibling(fund.account, Kind.BANK)).minor == 60_00
    lines = {line.label: line.amount.minor for line in statement.statement(fund.pk).lines}
    assert lines["Arrived by transfer, in cash or by cheque"] == 60_00
    assert totals.standing(fund.pk).collected_minor == 100_00
    assert books.check() == []


def test_no_card_is_charged_when_the_town_does_not_pay(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    card = cast.secured(fund, "40.00", stripe=local_stripe)
    town = cast.written(fund, "60.00", days=30)
    cast.close(fund)
    cast.end_calls(fund, fund.deadline_at + 30 * DAY - datetime.timedelta(seconds=1))
    assert fund.state == Fund.State.CALLING
    cast.end_calls(fund, fund.deadline_at + 30 * DAY)
    assert (fund.state, state(card), state(town)) == (Fund.State.MISSED, State.RELEASED, State.DROPPED)
    assert not Payment.objects.exists()
    # Too late: recorded, and to be returned.
    late = cast.arrives("60.00", commitment=town, now=fund.deadline_at + 31 * DAY)
    assert late.free == euro("60.00")
    assert suspense(cast) == 60_00
    assert list(arriving.returnable()) == [late]
    refused("how_missing", receiving.return_free, receipt=late, how=" ", by=cast.theo, now=cast.now)
    arriving.return_free(late, how="SEPA 7", by=cast.theo, now=fund.deadline_at + 32 * DAY)
    refused("receipt_used", receiving.return_free, receipt=late, how="again", by=cast.theo, now=cast.now)
    assert suspense(cast) == 0
    assert balance(account_for(cast.receiver, Kind.BANK, "EUR")).minor == 0
    assert "SEPA 7" in Email.objects.get(to=town.member.email, subject__startswith="Returned").message
    assert books.check() == []


def test_cards_that_make_it_alone_are_charged_at_once(cast: Cast, local_stripe: LocalStripe) -> None:
    """And what arrives later of the town still counts, without the fund's waiting for it."""
    fund = cast.fund("100.00")
    card = cast.secured(fund, "100.00", stripe=local_stripe)
    town = cast.written(fund, "60.00")
    cast.close(fund)
    assert state(fund) == Fund.State.COLLECTING
    cast.collect_all(fund.deadline_at)
    cast.end_calls(fund, fund.deadline_at)
    assert (fund.state, state(card), state(town)) == (Fund.State.MET, State.PAID, State.CHARGING)
    cast.arrives("25.00", commitment=town, now=fund.deadline_at + DAY)
    assert books.check() == []
    cast.end_calls(fund, fund.deadline_at + 30 * DAY)
    town.refresh_from_db()
    assert (town.state, town.amount_minor, town.counted_minor) == (State.PAID, 25_00, 25_00)
    assert balance(fund.account).minor == -125_00
    assert books.check() == []


def test_a_card_that_fails_waits_for_the_town(cast: Cast, local_stripe: LocalStripe) -> None:
    """The cards were charged since they could make it; one was declined, and a transfer fills the gap before it is due."""
    fund = cast.fund("100.00", window_minutes=60)
    cast.secured(fund, "60.00", stripe=local_stripe)
    bad = cast.secured(fund, "40.00", stripe=local_stripe, number=cards.NEVER_AGAIN)
    town = cast.written(fund, "45.00")
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    cast.run_out(fund)
    assert (state(bad), fund.state) == (State.DROPPED, Fund.State.COLLECTING)
    cast.arrives("45.00", commitment=town, now=fund.deadline_at + 5 * DAY)
    cast.end_calls(fund, fund.deadline_at + 5 * DAY)
    assert fund.state == Fund.State.MET
    assert books.check() == []


def test_money_that_comes_before_the_call_is_kept_for_it(cast: Cast) -> None:
    fund = cast.fund("60.00")
    town = cast.written(fund, "60.00")
    early = cast.arrives("60.00", commitment=town, now=cast.now)
    assert early.assigned_minor == 0
    assert not arriving.returnable().exists()
    cast.close(fund)
    assert state(fund) == Fund.State.CALLING
    assert arriving.appliable(limit=10) == [early.pk]
    tasks._each(arriving.apply, arriving.appliable(limit=10))
    cast.end_calls(fund, fund.deadline_at)
    cast.end_calls(fund, fund.deadline_at)
    assert (state(town), fund.state) == (State.PAID, Fund.State.MET)
    assert books.check() == []


def test_too_much_and_twice_stay_on_suspense(cast: Cast) -> None:
    fund = cast.fund("60.00")
    town = cast.written(fund, "60.00")
    cast.close(fund)
    first = cast.arrives("70.00", commitment=town, now=fund.deadline_at)
    second = cast.arrives("60.00", commitment=town, now=fund.deadline_at)
    assert (first.free, second.free) == (euro("10.00"), euro("60.00"))
    assert set(arriving.returnable()) == {first, second}
    assert suspense(cast) == 70_00
    assert balance(fund.account).minor == -60_00
    assert books.check() == []


def test_one_line_of_the_bank_account_is_one_receipt(cast: Cast) -> None:
    fund = cast.fund("60.00")
    town = cast.written(fund, "60.00")
    cast.close(fund)
    cast.arrives("30.00", commitment=town, reference="77/1", now=fund.deadline_at)
    with pytest.raises(ValidationError) as refusal:
        cast.arrives("30.00", commitment=town, reference="77/1", now=fund.deadline_at)
    assert refusal.value.code == "receipt_known"
    assert BankReceipt.objects.count() == 1
    assert suspense(cast) == 0


def test_a_fund_that_fails_owes_transfers_back_and_waits_until_they_are(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    card = cast.secured(fund, "30.00", stripe=local_stripe)
    town, firm = cast.written(fund, "40.00"), cast.written(fund, "30.00", way="cash")
    cast.close(fund)
    cast.arrives("40.00", commitment=town, now=fund.deadline_at)
    cast.arrives("10.00", commitment=firm, now=fund.deadline_at)
    due = fund.deadline_at + 30 * DAY
    cast.end_calls(fund, due)
    assert (fund.state, state(card), state(town), state(firm)) == (
        Fund.State.REFUNDING,
        State.RELEASED,
        State.PAID,
        State.PAID,
    )
    for pk in arriving.to_owe(limit=10):
        arriving.owe(pk, now=due)
    tasks.returning.finish(fund.pk, now=due)
    assert state(fund) == Fund.State.REFUNDING
    assert balance(sibling(fund.account, Kind.REFUNDS_OWED)).minor == -50_00
    assert books.check() == []
    for owed in Assignment.objects.all():
        arriving.return_owed(owed, how="SEPA 9", by=cast.theo, now=due)
    refused("state_changed", receiving.return_owed, assignment=owed, how="again", by=cast.theo, now=due)
    assert tasks.returning.finish(fund.pk, now=due)
    town.refresh_from_db()
    assert (town.charged, town.returned) == (euro("40.00"), euro("40.00"))
    assert balance(account_for(cast.receiver, Kind.BANK, "EUR")).minor == 0
    assert books.check() == []


@pytest.mark.parametrize("arrived", [True, False])
def test_called_off_while_it_waits(cast: Cast, local_stripe: LocalStripe, arrived: bool) -> None:
    fund = cast.fund("100.00")
    card = cast.secured(fund, "40.00", stripe=local_stripe)
    town = cast.written(fund, "60.00")
    cast.close(fund)
    if arrived:
        cast.arrives("20.00", commitment=town, now=fund.deadline_at)
    closing.cancel(fund.pk, by=cast.petra, now=fund.deadline_at, why="flood")
    cast.end_calls(fund, fund.deadline_at)
    cast.return_all(fund, fund.deadline_at)
    assert state(card) == State.RELEASED
    assert state(fund) == (Fund.State.REFUNDED if arrived else Fund.State.CANCELLED)
    assert state(town) == (State.PAID if arrived else State.DROPPED)
    assert books.check() == []


def test_a_treasurer_says_what_an_arrival_is_for(cast: Cast) -> None:
    fund = cast.fund("60.00")
    town = cast.written(fund, "60.00")
    cast.close(fund)
    nobody = cast.arrives("60.00", now=fund.deadline_at)
    assert list(arriving.returnable()) == [nobody]
    town.refresh_from_db()
    arriving.say_what_for(nobody, town, by=cast.theo, now=fund.deadline_at)
    assert state(town) == State.PAID
    again = cast.arrives("1.00", now=fund.deadline_at)
    refused("promise_over", arriving.say_what_for, receipt=again, commitment=town, by=cast.theo, now=cast.now)
    assert books.check() == []


def test_who_may_promise_what(cast: Cast) -> None:
    fund = cast.fund("60.00")
    given: dict[str, Any] = {"fund": fund, "member": cast.mia, "text_version": "1", "text": "x", "accepted_from": None}
    given |= {"by": cast.mia, "now": cast.now}

    def of(**fields: Any) -> dict[str, Any]:
        words = {"way": "invoice", "payer_name": "Norden", "payer_address": "Markt 1", **fields}
        return {**given, "words": promising.Words(**words)}

    for fields in ({"payer_name": " "}, {"payer_address": ""}, {"pay_within_days": 61}, {"pay_within_days": 0}):
        with pytest.raises(ValidationError) as wrong:
            promising.promise(maximum=euro("5.00"), **of(**fields))
        assert list(wrong.value.error_dict) == [next(iter(fields))]
    refused("amount_not_positive", promising.promise, maximum=euro("0.00"), **of())
    cast.receiver.bank_details.delete()
    refused("no_bank_details", promising.promise, maximum=euro("5.00"), **of())
    assert promising.promise(maximum=euro("5.00"), **of(way="cash")).reference.startswith("RF")


def test_nobody_is_asked_twice_for_a_promise_that_was_turned_down(cast: Cast) -> None:
    fund = cast.fund("60.00")
    promise = cast.written(fund, confirmed=False)
    refused("reason_missing", promising.turn_down, commitment_id=promise.pk, by=cast.theo, now=cast.now, why="")
    promising.turn_down(promise.pk, by=cast.theo, now=cast.now, why="No such town.")
    assert state(promise) == State.ABANDONED
    assert (
        "No such town."
        in Email.objects.get(to=Member.objects.get(pk=promise.member_id).email, subject__startswith="Not").message
    )
