"""The books' promises are PostgreSQL's: each is tried with SQL, past all of our own code."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from payments.booking import Kind, account_for, balance, book
from payments.models import Account, Entry, Posting
from payments.money import Money, split
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def accounts(cast: Cast) -> list[Account]:
    return [
        account_for(cast.receiver, Kind.BANK, "EUR"),
        account_for(cast.receiver, Kind.SUSPENSE, "EUR"),
        account_for(cast.receiver, Kind.BANK, "USD"),
    ]


def test_a_fact_is_booked_once(cast: Cast, accounts: list[Account]) -> None:
    legs = [(accounts[0], 5), (accounts[1], -5)]
    assert book("bank_receipt", "x", legs, now=cast.now)
    assert not book("bank_receipt", "x", legs, now=cast.now)
    assert balance(accounts[0]) == Money(5, "EUR")


@pytest.mark.parametrize("amounts", [(5, -4), (5,), ()])
def test_what_does_not_balance_is_refused_at_the_commit(
    cast: Cast, accounts: list[Account], amounts: tuple[int, ...]
) -> None:
    legs = list(zip(accounts, amounts, strict=False))
    with pytest.raises(DatabaseError):
        book("bank_receipt", "x", legs, now=cast.now)
    assert not Entry.objects.exists()


def test_an_entry_balances_in_each_currency(cast: Cast, accounts: list[Account]) -> None:
    with pytest.raises(DatabaseError):
        book("bank_receipt", "x", [(accounts[0], 5), (accounts[2], -5)], now=cast.now)


def test_a_posting_is_in_its_accounts_currency(cast: Cast, accounts: list[Account]) -> None:
    entry = Entry(fact="x", external_id="x", at=cast.now)
    with transaction.atomic(), pytest.raises(DatabaseError, match="posting_currency_is_the_accounts"):
        _write(entry, accounts[0], "USD")
    assert not Posting.objects.exists()


def _write(entry: Entry, account: Account, currency: str) -> None:
    with transaction.atomic():
        entry.save(force_insert=True)
        for amount in (5, -5):
            Posting.objects.create(entry=entry, account=account, currency=currency, amount_minor=amount)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payments_posting SET amount_minor = amount_minor * 2",
        "DELETE FROM payments_posting",
        "UPDATE payments_entry SET memo = 'other'",
        "DELETE FROM payments_entry",
        "INSERT INTO payments_posting (entry_id, account_id, currency, amount_minor) "
        "SELECT entry_id, account_id, currency, amount_minor FROM payments_posting",
    ],
)
def test_nothing_that_was_written_changes(cast: Cast, accounts: list[Account], sql: str) -> None:
    book("bank_receipt", "x", [(accounts[0], 5), (accounts[1], -5)], now=cast.now)
    before = list(Posting.objects.values_list("account_id", "amount_minor"))
    with pytest.raises(DatabaseError, match="ledger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(Posting.objects.values_list("account_id", "amount_minor")) == before


def test_the_tables_cannot_be_emptied(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_posting ENABLE TRIGGER ledger_no_truncate")
        try:
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute("TRUNCATE payments_posting")
        finally:
            cursor.execute("ALTER TABLE payments_posting DISABLE TRIGGER ledger_no_truncate")


def test_an_id_that_is_new_is_new(cast: Cast, accounts: list[Account]) -> None:
    for _ in range(2):
        assert book("bank_receipt", uuid7(), [(accounts[0], 5), (accounts[1], -5)], now=cast.now)
    assert balance(accounts[1]) == Money(-10, "EUR")


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_parts_always_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact = total * weight / sum(weights)
        assert abs(part - exact) <= 1 + abs(exact) * 1e-9
        if not weight:
            assert part == 0


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_is_read_as_it_is_written(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money).split()[0], currency) == money


def test_floats_and_foreign_currencies_are_refused() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r".+"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(ValueError, match=r".+"):
        Money.parse("1.005", "EUR")
