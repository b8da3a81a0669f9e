"""Money that moves when a fund has ended: whose it is has a name, and the books stand at zero again."""

from __future__ import annotations

import datetime

import pytest

from campaigns import closing as campaign_closing
from csm import books
from csm.local_stripe.process import LocalStripe
from funding import deciding, returning, settling, statement
from funding import tasks as funding_tasks
from funding.models import Fund
from members import clock
from payments import making_good, reconciling, refunding
from payments.booking import Kind, balance, book, sibling
from payments.models import Entry, Payment, Posting
from tests import cast as cards
from tests.campaigns.test_api import launched
from tests.cast import Cast
from tests.payments.test_partial_disputes import bank_says

pytestmark = pytest.mark.django_db(transaction=True)

LATER = datetime.timedelta(days=20)


@pytest.fixture
def handed_over(cast: Cast, local_stripe: LocalStripe) -> tuple[Fund, Payment]:
    """A campaign that reached its minimum, its money with the organiser; and one of its two payments."""
    campaign = launched(cast)
    fund = campaign.fund
    assert fund is not None
    promises = [cast.secured(fund, "60.00", stripe=local_stripe) for _ in range(2)]
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert deciding.decide(fund.pk, now=fund.deadline_at)
    assert campaign_closing.hand_over(campaign.pk, now=fund.deadline_at)
    assert books.check() == []
    fund.refresh_from_db()
    return fund, cast.payment_of(promises[0])


def organiser(cast: Cast, fund: Fund) -> int:
    """What the books owe the organiser."""
    return -balance(sibling(fund.account, Kind.ORGANISER, subject_id=cast.werkhof.pk)).minor


def sweep(now: datetime.datetime) -> int:
    """What the sweep does about ended funds; how many it brought back to zero."""
    return sum(settling.absorb(pk, now=now) for pk in settling.stirred().values_list("pk", flat=True))


def borne(fund: Fund) -> int:
    return Entry.objects.filter(fact="fund_loss_borne", external_id__startswith=str(fund.pk)).count()


def test_a_dispute_that_is_lost_is_borne_by_who_got_the_money(
    cast: Cast, handed_over: tuple[Fund, Payment], local_stripe: LocalStripe
) -> None:
    fund, payment = handed_over
    had, later = organiser(cast, fund), fund.deadline_at + LATER
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    reconciling.reconcile(cast.receiver, now=later)
    fee = settling.fees(fund).minor
    assert fee > 0  # the bank's fee for asking is there at once
    assert sweep(later) == 1
    assert organiser(cast, fund) == had - fee
    local_stripe.control("POST", f"disputes/{made['id']}/lose")
    reconciling.reconcile(cast.receiver, now=later)
    assert sweep(later + LATER) == 1
    assert organiser(cast, fund) == had - fee - 60_00
    assert (borne(fund), settling.left(fund).minor, books.check()) == (2, 0, [])
    assert not balance(sibling(fund.account, Kind.DISPUTE_HELD))
    assert not statement.statement(fund.pk).left


def test_a_dispute_that_is_won_costs_no_more_than_its_fee(
    cast: Cast, handed_over: tuple[Fund, Payment], local_stripe: LocalStripe
) -> None:
    fund, payment = handed_over
    had, later = organiser(cast, fund), fund.deadline_at + LATER
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    local_stripe.control("POST", f"disputes/{made['id']}/win")
    reconciling.reconcile(cast.receiver, now=later)
    fee = settling.fees(fund).minor
    sweep(later)
    assert 0 <= had - organiser(cast, fund) == fee < 60_00
    assert books.check() == []


def test_a_refund_that_the_bank_sends_back_stays_a_debt_and_not_the_funds(
    cast: Cast, local_stripe: LocalStripe
) -> None:
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    fund = cast.fund("100.00")
    good = cast.secured(fund, "60.00", number=cards.REFUND_FAILS, stripe=local_stripe)
    cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    at = cast.run_out(fund)
    cast.return_all(fund, at)
    refund = cast.payment_of(good).refunds.get()
    fund.refresh_from_db()
    assert fund.state == Fund.State.REFUNDED
    local_stripe.control("POST", f"refunds/{refund.refund_id}/fail")
    reconciling.reconcile(cast.receiver, now=at + LATER)
    sweep(at + LATER)
    refund.refresh_from_db()
    assert refund.state == "failed"
    assert balance(sibling(fund.account, Kind.REFUNDS_OWED)).minor == -60_00
    assert (settling.left(fund).minor, books.check()) == (0, [])
    making_good.settle_by_hand(refund, how="IBAN of the mail of 3 May", by=cast.theo, now=at + LATER)
    assert (sweep(at + LATER + LATER), books.check()) == (0, [])


def test_what_went_back_twice_is_borne_by_name_and_the_fund_ends(cast: Cast, local_stripe: LocalStripe) -> None:
    """A payer whose refund is on its way disputes the payment too, and wins."""
    local_stripe.control("POST", "topups", {"amount": 100_00, "currency": "eur"})
    fund = cast.fund("100.00")
    good = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    at, payment = cast.run_out(fund), cast.payment_of(good)
    returning.return_payment(payment.pk, now=at)
    refunding.send_refund(payment.refunds.get().pk, now=at)
    for status in ("needs_response", "lost"):
        bank_says(payment, status, 60_00, cast)
    assert returning.finish(fund.pk, now=at)
    fund.refresh_from_db()
    assert fund.state == Fund.State.REFUNDED
    assert organiser(cast, fund) < -60_00
    assert (settling.left(fund).minor, books.check()) == (0, [])
    assert not statement.statement(fund.pk).left
    assert not settling.stirred().exists()


def test_a_fee_that_comes_late_is_borne_too(cast: Cast, handed_over: tuple[Fund, Payment]) -> None:
    fund, _payment = handed_over
    had, later = organiser(cast, fund), fund.deadline_at + LATER
    fees = sibling(fund.account, Kind.FUND_FEES, subject_id=fund.pk)
    book("late_fee", "txn_late", [(fees, 30), (sibling(fund.account, Kind.STRIPE_BALANCE), -30)], now=later)
    assert settling.fees(fund).minor == 30
    assert sweep(later + LATER) == 1
    assert (settling.fees(fund).minor, organiser(cast, fund)) == (0, had - 30)


def test_what_was_read_before_the_end_and_booked_after_it_is_found(
    cast: Cast, handed_over: tuple[Fund, Payment], local_stripe: LocalStripe
) -> None:
    """A reconciliation reads the clock when it begins, and the fund may end while it goes on."""
    fund, payment = handed_over
    made = local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    local_stripe.control("POST", f"disputes/{made['id']}/lose")
    begun = fund.deadline_at - datetime.timedelta(minutes=5)
    reconciling.reconcile(cast.receiver, now=begun)
    assert Posting.objects.filter(entry__fact="dispute_lost", entry__at=begun).exists()
    assert sweep(fund.deadline_at + LATER) == 1
    assert (settling.left(fund).minor, books.check()) == (0, [])


def test_who_got_the_money_bears_it_once_and_an_ended_fund_rests(
    cast: Cast, handed_over: tuple[Fund, Payment], local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund, payment = handed_over
    later = clock.database_now()
    assert not settling.stirred().exists()
    refunding.request_refund(
        payment=payment, amount=cards.euro("60.00"), purpose="by hand", by=None, now=fund.deadline_at + LATER
    )
    for task in (funding_tasks.collect, funding_tasks.end_overdue):
        monkeypatch.setattr(task, "delay", lambda: None)
    for _ in range(3):
        funding_tasks.sweep()
    assert borne(fund) == 1
    assert Entry.objects.get(fact="fund_loss_borne").at >= later
    assert not settling.stirred().exists()
    assert books.check() == []
