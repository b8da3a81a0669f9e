"""Whatever happens, our ledger ends with Stripe's own balance, to the cent."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db.models import Max
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm import books
from csm.local_stripe.process import LocalStripe
from funding import arriving, calling, closing, committing, deciding
from funding.models import Commitment, Fund
from payments import charging, inbox, reconciling, refunding, stripe_gateway
from payments.booking import Kind, account_for, balance
from payments.models import Alarm, Attempt, BankReceipt, Payment, Refund, WebhookEvent
from payments.stripe_gateway import AccountRef
from tests import cast as cards
from tests.cast import Cast, euro

FAULTS = ("reset_before", "reset_after", "error_500_before", "error_500_after", "rate_limit_429", "lock_409")
PATHS = ("/v1/payment_intents$", "/confirm$", "/v1/refunds$")
NUMBERS = (cards.OK, cards.OK, cards.DECLINED_LATER, cards.DECLINED_ONCE, cards.NEVER_AGAIN, cards.ASKS_ALWAYS)

promises = st.lists(
    st.tuples(st.integers(1_00, 90_00), st.sampled_from(NUMBERS), st.sampled_from(["stay", "stay", "change", "leave"])),
    min_size=1,
    max_size=5,
)
faults = st.lists(st.tuples(st.sampled_from(FAULTS), st.sampled_from(PATHS), st.integers(0, 3)), max_size=4)
# What is promised in writing: how much, within how many days, and what then comes on which day, in percent of the promise.
transfers = st.lists(
    st.tuples(
        st.integers(1_00, 90_00),
        st.sampled_from([5, 30]),
        st.lists(st.tuples(st.integers(-3, 40), st.sampled_from([40, 60, 100, 130])), max_size=3),
    ),
    max_size=3,
)
# Which of Stripe's events arrive, how often and in which order; what is left out was dropped on the way.
webhooks = st.lists(st.integers(0, 60), max_size=25)


@pytest.mark.django_db(transaction=True)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(promises, transfers, faults, webhooks, st.sampled_from(["", "cancel", "dispute"]), st.integers(10_00, 150_00))
def test_the_ledger_ends_with_stripes_balance(
    cast: Cast,
    local_stripe: LocalStripe,
    promises: list[tuple[int, str, str]],
    transfers: list[tuple[int, int, list[tuple[int, int]]]],
    faults: list[tuple[str, str, int]],
    webhooks: list[int],
    event: str,
    minimum: int,
) -> None:
    # Hypothesis tries one example after the other in the same test, in the same tables.
    Alarm.objects.all().delete()
    fund = cast.fund(f"{minimum / 100:.2f}")
    for amount, number, mind in promises:
        one = cast.secured(fund, f"{amount / 100:.2f}", number=number, stripe=local_stripe)
        change(cast, one, amount, mind)
    cast.bank_details()
    written = [cast.written(fund, f"{amount / 100:.2f}", days=days) for amount, days, _comes in transfers]
    arrivals = [
        (day, one, max(1, one.maximum_minor * percent // 100))
        for one, (_amount, _days, comes) in zip(written, transfers, strict=True)
        for day, percent in comes
    ]
    days = sorted(arrivals, key=lambda arrival: arrival[0])
    local_stripe.control("DELETE", "faults")
    arrive(cast, fund, [one for one in days if one[0] < 0])
    cast.close(fund)
    for action, path, skip in faults:
        local_stripe.control("POST", "faults", {"action": action, "path": path, "skip": skip})
    now = fund.deadline_at
    cast.collect_all(now)
    if event == "cancel":
        cancel(cast, fund, now)
    if event == "dispute":
        paid = Payment.objects.filter(credit_account=fund.account, state="succeeded").first()
        if paid is not None:
            local_stripe.control("POST", "disputes", {"payment_intent": paid.intent_id})
    arrive(cast, fund, [one for one in days if one[0] >= 0])
    deliver(webhooks, now)
    local_stripe.control("DELETE", "faults")
    converge(cast, fund, now)
    ours = balance(account_for(cast.receiver, Kind.STRIPE_BALANCE, "EUR"))
    theirs = stripe_gateway.retrieve_balance(AccountRef(cast.receiver.stripe_account, cast.receiver.livemode))
    assert ours.minor == sum(part["amount"] for kind in ("available", "pending") for part in theirs[kind])
    assert books.check() == []
    exact(cast, fund)
    assert not Alarm.objects.exclude(key__startswith="dispute:").exists(), list(Alarm.objects.values_list("text"))


def arrive(cast: Cast, fund: Fund, days: list[tuple[int, Commitment, int]]) -> None:
    """Day by day: what the treasurer finds on the bank account, and what the sweeps then do."""
    for day, one, minor in days:
        at = fund.deadline_at + datetime.timedelta(days=day)
        cast.end_calls(fund, at)
        cast.arrives(f"{minor / 100:.2f}", commitment=one, now=at)
        # No card is charged that cannot be of use, whatever comes in which order.
        assert books.check() == []
        cast.collect_all(at)
        cast.end_calls(fund, at)


def exact(cast: Cast, fund: Fund) -> None:
    """Both decisions fell on what was promised and what arrived, and not a cent that came is lost or in two places."""
    fund.refresh_from_db()
    rows = Commitment.objects.filter(fund=fund)
    if fund.state == Fund.State.MET:
        assert calling.collected_minor(fund) >= (fund.required_minor or 0)
    assert not rows.filter(backing="transfer", state="charging").exists()
    for one in rows.filter(backing="transfer"):
        came = sum(row.amount_minor for row in BankReceipt.objects.filter(purpose_id=one.pk))
        used = sum(row.assigned_minor for row in BankReceipt.objects.filter(purpose_id=one.pk))
        assert one.transferred_minor == used <= min(came, one.maximum_minor)
    receipts = BankReceipt.objects.filter(receiver=cast.receiver)
    free = sum(row.free.minor for row in receipts)
    assert -balance(account_for(cast.receiver, Kind.SUSPENSE, "EUR")).minor == free


def change(cast: Cast, one: Commitment, amount: int, mind: str) -> None:
    one = Commitment.objects.select_related("fund", "member").get(pk=one.pk)
    if mind == "leave":
        committing.withdraw(one, by=one.member, now=cast.now)
    elif mind == "change":
        words: dict[str, Any] = {"mandate_version": "1", "mandate_text": "x", "accepted_from": None}
        more = euro(f"{amount / 50:.2f}")
        committing.change_maximum(one, maximum=more, by=one.member, now=cast.now, **words)


def cancel(cast: Cast, fund: Fund, now: datetime.datetime) -> None:
    fund.refresh_from_db()
    if fund.state in (Fund.State.OPEN, Fund.State.CALLING, Fund.State.COLLECTING):
        closing.cancel(fund.pk, by=cast.petra, now=now, why="flood")


def deliver(order: list[int], now: datetime.datetime) -> None:
    """Stripe's events as a bad network brings them: some twice, some late, some never, in any order."""
    account = AccountRef("acct_local_main", False)
    events = list(stripe_gateway.list_events(account))
    for index in order:
        if index < len(events):
            event = events[index]
            row = WebhookEvent(
                stripe_account=account.stripe_account,
                livemode=False,
                event_id=event["id"],
                kind=event["type"],
                object_id=str(event["data"]["object"].get("id") or ""),
                payload=event,
                received_at=now,
                next_try_at=now,
            )
            WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
            for pk in inbox.due(now=now, limit=1):
                inbox.apply_event(pk, now=now)


def converge(cast: Cast, fund: Fund, now: datetime.datetime) -> None:
    """Hours pass; the sweeps do what they find."""
    fund.refresh_from_db()
    last = Commitment.objects.filter(fund=fund).aggregate(last=Max("due_at"))["last"]
    now = max(now, fund.window_ends_at or now, last or now) + datetime.timedelta(minutes=10)
    for _ in range(10):
        for receipt in arriving.appliable(limit=100):
            arriving.apply(receipt, now=now)
        calling.go_on(fund.pk, now=now)
        for payment in Payment.objects.filter(attempts__state__in=Attempt.IN_FLIGHT).distinct():
            charging.look_up(payment.pk, now=now, as_of=now)
        cast.collect_all(now)
        for pk in deciding.claim_overdue(now=now, limit=100):
            deciding.drop_overdue(pk, now=now)
        deciding.decide(fund.pk, now=now)
        cast.return_all(fund, now)
        for refund in Refund.objects.exclude(state__in=("succeeded", "failed", "by_hand", "declined", "replaced")):
            refunding.send_refund(refund.pk, now=now)
        # The cards may have been charged only now, with a window of their own.
        now += datetime.timedelta(days=3)
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert not Commitment.objects.filter(fund=fund, state__in=("charging",)).exists()
