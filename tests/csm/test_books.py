"""Each invariant of the books, seen broken once."""

from __future__ import annotations

import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from campaigns.choosing import Choice
from csm import books
from csm.local_stripe.process import LocalStripe
from csm.tasks import check_books
from funding.models import Commitment, Fund
from payments.models import Alarm, Payment
from tests.campaigns.test_api import launched
from tests.campaigns.test_lines import pledged
from tests.cast import Cast, due_now
from tests.orders.test_run import Batch

# What breaks each invariant, with every guard of PostgreSQL switched off. {fund}, {paid}, {payment} … are ids.
BREAKS = {
    "every entry balances in each currency": "UPDATE payments_posting SET amount_minor = amount_minor + 1 "
    "WHERE id = (SELECT min(id) FROM payments_posting)",
    "every entry has postings": "DELETE FROM payments_posting WHERE entry_id = (SELECT min(id::text)::uuid "
    "FROM payments_entry)",
    "a posting is in its account's currency": "UPDATE payments_account SET currency = 'USD'",
    "what arrived is booked, once and in full": "UPDATE payments_payment SET received_minor = received_minor + 1",
    "a payment arrived or it did not": "UPDATE payments_payment SET state = 'canceled'",
    "what is reserved for refunds is the sum of the refunds": "UPDATE payments_payment SET refunding_minor = 1",
    "no payment goes back above what arrived": "UPDATE payments_payment SET refunding_minor = received_minor + 1",
    "what disputes withdrew is the sum of the disputes": "UPDATE payments_payment SET disputed_minor = 1",
    "nobody has two live payments for one thing": "UPDATE payments_payment SET purpose_id = gen.id "
    "FROM (SELECT min(id::text)::uuid AS id FROM funding_commitment) gen",
    "a refund that left is booked": "INSERT INTO payments_refund (id, stripe_account, livemode, payment_id, purpose, "
    "amount_minor, currency, state, requested_at, next_try_at, tries, failure, by_hand_how) SELECT gen_random_uuid(), "
    "stripe_account, livemode, id, 'x', 1, currency, 'sent', now(), now(), 0, '', '' FROM payments_payment LIMIT 1",
    "a refund that was sent again has one in its place": "INSERT INTO payments_refund (id, stripe_account, livemode, "
    "payment_id, purpose, amount_minor, currency, state, requested_at, next_try_at, tries, failure, by_hand_how) "
    "SELECT gen_random_uuid(), stripe_account, livemode, id, 'x', 1, currency, 'replaced', now(), now(), 0, '', '' "
    "FROM payments_payment LIMIT 1",
    "what was made good has not left through Stripe too": "UPDATE payments_account SET kind = 'refunds_owed' WHERE kind = "
    "'fund'; INSERT INTO payments_refund (id, stripe_account, livemode, payment_id, purpose, amount_minor, currency, "
    "state, refund_id, requested_at, next_try_at, tries, failure, by_hand_how) SELECT gen_random_uuid(), stripe_account, "
    "livemode, id, 'x', 1, currency, 'by_hand', intent_id, now(), now(), 0, '', '' FROM payments_payment LIMIT 1",
    "a paid promise has a payment that arrived": "UPDATE funding_commitment SET payment_id = NULL",
    "nobody was charged more than they promised": "UPDATE funding_commitment SET maximum_minor = 1",
    "nobody was charged twice": "UPDATE payments_payment SET purpose_id = gen.id "
    "FROM (SELECT min(id::text)::uuid AS id FROM funding_commitment) gen",
    "nobody was charged for what did not come together": "UPDATE funding_fund SET state = 'missed'",
    "a fund is met on at least its published minimum": "UPDATE funding_fund SET minimum_minor = 999999999",
    "nobody is kept waiting by what has ended": "UPDATE funding_commitment SET state = 'secured'",
    "a fund that has ended holds nothing": "UPDATE funding_fund SET state = 'settled'",
    "what pages show as promised is the sum of the promises": "DELETE FROM funding_tally WHERE kind = 'secured'",
    "what pages show as arrived is the sum of the payments": "DELETE FROM funding_tally WHERE kind = 'collected'",
    "a limited reward is taken by those who hold it": "UPDATE campaigns_tier SET taken = 2",
    "no reward is given away more often than there are": "UPDATE campaigns_tier SET taken = 99",
    "rewards cost no more than is promised for them": "UPDATE campaigns_pledgeline SET unit_minor = 99999",
    "the places of a batch are taken by its orders": "UPDATE orders_run SET taken_units = taken_units + 1",
    "production was released only on money that arrived": "UPDATE orders_run SET state = 'released'; "
    "UPDATE funding_fund SET state = 'collecting'",
    "nobody paid more for an order than its ceiling": "UPDATE orders_quote SET ceiling_minor = 1",
}


@pytest.fixture
def paid(cast: Cast, local_stripe: LocalStripe) -> Fund:
    """A batch whose two orders have arrived, and a campaign of whose limited reward one is taken."""
    batch = Batch(cast, local_stripe)
    batch.order(2)
    batch.order(2)
    batch.close()
    campaign = launched(cast, batch.facility)
    pledged(cast, campaign, [Choice(campaign.tiers.get())])
    assert books.check() == []
    return batch.run.fund


@pytest.mark.django_db(transaction=True)
def test_every_breach_is_found(paid: Fund) -> None:
    unseen = [invariant.name for invariant in books.INVARIANTS if invariant.name not in broken(BREAKS[invariant.name])]
    assert unseen == []
    assert books.check() == []


@pytest.mark.django_db(transaction=True)
def test_how_many_promises_are_shown_is_checked_as_well(paid: Fund) -> None:
    shown = {
        "what pages show as promised is the sum of the promises",
        "what pages show as arrived is the sum of the payments",
    }
    assert broken("UPDATE funding_tally SET promises = promises + 1") == shown


def broken(sql: str) -> set[str]:
    """The invariants that are broken after `sql`, run with every guard of PostgreSQL switched off; then undone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint "
            "WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0"
        )
        checks = cursor.fetchall()
        cursor.execute("BEGIN")
        try:
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
            for table, check in checks:
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{check}"')
            cursor.execute("DROP INDEX payment_live_once")
            cursor.execute(sql)
            return {breach.invariant for breach in books.check()}
        finally:
            cursor.execute("ROLLBACK")


@pytest.mark.django_db(transaction=True)
def test_the_command_says_so_and_exits_with_one(paid: Fund, capsys: Any) -> None:
    out = StringIO()
    call_command("check_books", stdout=out)
    assert "0 broken" in out.getvalue()
    Payment.objects.filter(refunding_minor=0).update(refunding_minor=1)
    with pytest.raises(SystemExit) as left:
        call_command("check_books", stdout=StringIO(), stderr=out)
    assert left.value.code == 1
    assert "reserved 1, refunds 0" in out.getvalue()
    check_books()
    check_books()
    assert Alarm.objects.filter(closed_at=None, key__startswith="books:what is reserved").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_close_is_foreseen_without_moving_anything(cast: Cast, local_stripe: LocalStripe) -> None:
    enough, little = cast.fund("50.00"), cast.fund("100.00", title="Too little")
    cast.secured(enough, "60.00", stripe=local_stripe)
    cast.secured(little, "60.00", stripe=local_stripe)
    out = StringIO()
    call_command("close_funds", "--dry-run", stdout=out)
    assert "0 due; nothing was moved" in out.getvalue()
    call_command("close_funds", "--dry-run", "--all", stdout=out)
    assert "the cards would be charged" in out.getvalue()
    assert "would be released, never charged" in out.getvalue()
    assert set(Fund.objects.values_list("state", flat=True)) == {"open"}
    due_now(cast.now - datetime.timedelta(seconds=1))
    call_command("close_funds", stdout=out)
    assert set(Fund.objects.values_list("state", flat=True)) == {"closing"}
    assert set(Commitment.objects.values_list("state", flat=True)) == {"secured"}
