"""From the close to the second decision, against a real Stripe process: what arrived decides."""

from __future__ import annotations

import datetime

import pytest
import requests
from django.core.exceptions import ValidationError

from csm.local_stripe.process import LocalStripe
from funding import calling, collecting, deciding, settling
from funding.models import Commitment, Fund
from payments import inbox, refunding, stripe_gateway
from payments.booking import Kind, balance, sibling
from payments.models import Dispute, Payment, Refund, WebhookEvent
from payments.stripe_gateway import AccountRef
from tests import cast as cards
from tests.cast import Cast
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State


def stripe_says(refund: Refund) -> str:
    refund.refresh_from_db()
    account = AccountRef(refund.stripe_account, refund.livemode)
    return str(stripe_gateway.retrieve_refund(account, refund.refund_id or "")["status"])


def state(row: Commitment | Fund) -> str:
    row.refresh_from_db()
    return row.state


def test_enough_arrives_and_the_fund_is_met(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    promises = [cast.secured(fund, "60.00", stripe=local_stripe) for _ in range(2)]
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert [state(p) for p in promises] == [State.PAID, State.PAID]
    assert deciding.decide(fund.pk, now=fund.deadline_at)
    assert state(fund) == Fund.State.MET
    assert balance(fund.account).minor == -120_00
    # 60.00 each: 1.4 % + 0.25 is 1.09
    assert settling.fees(fund).minor == 2_18
    assert balance(sibling(fund.account, Kind.STRIPE_BALANCE)).minor == 117_82
    assert not balance(sibling(fund.account, Kind.STRIPE_TRANSIT))


def test_too_little_promised_charges_nobody(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    promise = cast.secured(fund, "99.99", stripe=local_stripe)
    cast.close(fund)
    assert state(fund) == Fund.State.MISSED
    assert state(promise) == State.RELEASED
    assert not [r for r in local_stripe.control("GET", "requests") if "payment_intents" in r["path"]]


def test_too_little_arrives_and_everything_goes_back(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    good = cast.secured(fund, "60.00", stripe=local_stripe)
    bad = cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert (state(good), state(bad)) == (State.PAID, State.DECLINED)
    assert not deciding.decide(fund.pk, now=fund.deadline_at)  # a card may still be mended
    at = cast.run_out(fund)
    assert state(fund) == Fund.State.REFUNDING
    assert state(bad) == State.DROPPED
    cast.return_all(fund, at)
    # Stripe kept its fee, so the balance is short: the refund waits until the organiser tops it up.
    refund = Refund.objects.get()
    assert (refund.state, state(fund)) == ("pending", Fund.State.REFUNDING)
    local_stripe.control("POST", "topups", {"amount": 10_00, "currency": "eur"})
    local_stripe.control("POST", "clock", {"advance": 60})
    wait_until(lambda: stripe_says(refund) == "succeeded")
    cast.return_all(fund, at + datetime.timedelta(hours=1))
    assert state(fund) == Fund.State.REFUNDED
    payment = cast.payment_of(good)
    assert payment.refunding_minor == payment.received_minor == 60_00
    assert not balance(fund.account)
    assert not settling.fees(fund)
    bearer = sibling(fund.account, Kind.ORGANISER, subject_id=cast.werkhof.pk)
    assert balance(bearer).minor == 1_09  # the fee that Stripe keeps is the organiser's


def test_a_declined_card_is_mended_within_the_window(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    cast.secured(fund, "60.00", stripe=local_stripe)
    bad = cast.secured(fund, "60.00", number=cards.NEVER_AGAIN, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    bad.refresh_from_db()
    assert bad.card_exhausted  # the bank forbade another try: nobody asks it again
    later = fund.deadline_at + datetime.timedelta(days=6)
    cast.collect_all(later)
    assert cast.payment_of(bad).attempts.count() == 1
    Commitment.objects.filter(pk=bad.pk).update(
        card=cast.saved_card(local_stripe, bad.member), card_exhausted=False, next_try_at=later
    )
    cast.collect_all(later)
    assert state(bad) == State.PAID
    assert cast.payment_of(bad).attempts.count() == 2
    assert Payment.objects.filter(purpose_id=bad.pk).count() == 1  # the same intent, tried again
    assert deciding.decide(fund.pk, now=later)
    assert state(fund) == Fund.State.MET


def test_a_declined_card_is_tried_again_by_itself(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", number=cards.DECLINED_ONCE, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert state(promise) == State.DECLINED
    cast.collect_all(fund.deadline_at + collecting.RETRY_DECLINED)
    assert state(promise) == State.PAID


def test_the_bank_asks_and_the_payer_confirms_the_same_payment(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", number=cards.ASKS_ALWAYS, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert state(promise) == State.ACTION_REQUIRED
    attempt = collecting.confirm_present(promise.pk, return_url="http://testserver/back", now=fund.deadline_at)
    assert attempt is not None
    assert "/3ds/pi_" in attempt.action_url
    back = requests.post(attempt.action_url, {"answer": "yes"}, allow_redirects=False, timeout=10)
    assert back.headers["Location"].startswith("http://testserver/back?payment_intent=pi_")
    collecting.look_again(promise.pk, now=fund.deadline_at)
    assert state(promise) == State.PAID
    assert Payment.objects.filter(purpose_id=promise.pk).count() == 1
    assert deciding.decide(fund.pk, now=fund.deadline_at)


def test_a_dispute_before_the_decision_does_not_count(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    promises = [cast.secured(fund, "60.00", stripe=local_stripe) for _ in range(2)]
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    payment = cast.payment_of(promises[0])
    local_stripe.control("POST", "disputes", {"payment_intent": payment.intent_id})
    account = AccountRef(payment.stripe_account, payment.livemode)
    for event in stripe_gateway.list_events(account, type="charge.dispute.funds_withdrawn"):
        row = WebhookEvent.objects.create(
            stripe_account=account.stripe_account,
            livemode=False,
            event_id=event["id"],
            kind=event["type"],
            object_id=event["data"]["object"]["id"],
            payload=event,
            received_at=cast.now,
            next_try_at=cast.now,
        )
        assert inbox.apply_event(row.pk, now=cast.now).state == "applied"
    payment.refresh_from_db()
    assert payment.disputed_minor == 60_00
    assert Dispute.objects.get().state == "open"
    assert deciding.decide(fund.pk, now=fund.deadline_at)
    assert state(fund) == Fund.State.REFUNDING


@pytest.mark.parametrize("amount", ["0.01", "100.00"])
def test_settling_needs_every_cent_named(cast: Cast, local_stripe: LocalStripe, amount: str) -> None:
    fund = cast.fund("100.00")
    cast.secured(fund, "100.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    deciding.decide(fund.pk, now=fund.deadline_at)
    rest = settling.left(fund)
    short = settling.Share(Kind.PAYABLE, fund.pk, "Laser cutter", rest.minor - cards.euro(amount).minor)
    with pytest.raises(ValidationError) as refusal:
        settling.settle(fund.pk, shares=[short], by=None, now=fund.deadline_at)
    assert refusal.value.code == "fund_not_zero"
    whole = settling.Share(Kind.PAYABLE, fund.pk, "Laser cutter", rest.minor)
    settling.settle(fund.pk, shares=[whole], by=None, now=fund.deadline_at)
    assert state(fund) == Fund.State.SETTLED
    assert not balance(fund.account)


def test_what_is_returned_by_hand_does_not_count(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    promises = [cast.secured(fund, "60.00", stripe=local_stripe) for _ in range(2)]
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    refunding.request_refund(
        payment=cast.payment_of(promises[0]), amount=cards.euro("30.00"), purpose="asked", by=None, now=cast.now
    )
    assert calling.collected_minor(fund) == 90_00
    assert deciding.decide(fund.pk, now=fund.deadline_at)
    assert state(fund) == Fund.State.REFUNDING
