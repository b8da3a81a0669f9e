"""A treasurer's page: confirm, record, read a bank statement, assign, return; and who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from uuid6 import uuid7

from csm import books
from funding import importing
from funding.models import Commitment, Fund
from funding.references import in_groups
from members.models import Member
from payments.models import Assignment, BankDetails, BankReceipt, BankStatement
from tests.cast import Cast
from tests.payments.test_bank_lines import camt, entry

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State
PURSE = "/treasury/werkhof/"


@pytest.fixture(autouse=True)
def _bank(cast: Cast) -> None:
    cast.bank_details()


def as_(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def state(row: Any) -> str:
    row.refresh_from_db()
    return str(row.state)


def said(page: Any) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


def called(cast: Cast, *amounts: str) -> tuple[Fund, list[Commitment]]:
    fund = cast.fund("1.00")
    promises = [cast.written(fund, amount) for amount in amounts]
    cast.close(fund)
    for one in promises:
        one.refresh_from_db()
    return fund, promises


def upload(client: Client, raw: bytes, name: str = "november.xml") -> Any:
    return client.post(f"{PURSE}statements/", {"file": SimpleUploadedFile(name, raw)}, follow=True)


def test_only_who_keeps_the_purse_sees_it(cast: Cast) -> None:
    olga, petra = as_(cast.olga), as_(cast.petra)
    for client in (Client(), olga, petra, as_(cast.mia)):
        assert client.get(PURSE).status_code in (302, 404)
        for path in ("record/", "statements/", f"promises/{uuid7()}/", f"arrivals/{uuid7()}/", f"owed/{uuid7()}/"):
            assert client.post(PURSE + path).status_code in (302, 404)
    theo = as_(cast.theo)
    assert theo.get(PURSE).status_code == 200
    # A treasurer does not say where transfers go; an owner does.
    assert theo.get(f"{PURSE}bank/").status_code == 404


def test_an_owner_says_where_transfers_go(cast: Cast) -> None:
    owner = as_(cast.person("otto", "owner"))
    wrong = owner.post(f"{PURSE}bank/", {"holder": "Werkhof", "iban": "DE89370400440532013001", "bic": "x"})
    assert "check digits do not fit" in said(wrong)
    assert "8 or 11 characters" in said(wrong)
    owner.post(f"{PURSE}bank/", {"holder": "Werkhof", "iban": "GB82 WEST 1234 5698 7654 32", "bic": ""})
    assert BankDetails.objects.get().iban == "GB82WEST12345698765432"


def test_a_promise_is_confirmed_as_it_was_read_or_turned_down(cast: Cast) -> None:
    fund = cast.fund("100.00")
    one, other = (cast.written(fund, "60.00", confirmed=False) for _ in range(2))
    theo = as_(cast.theo)
    page = said(theo.get(PURSE))
    assert "Gemeinde Norden: €60.00" in page
    theo.post(f"{PURSE}promises/{one.pk}/", {"deed": "confirm", "minor": "5000"})
    assert state(one) == State.DRAFT
    theo.post(f"{PURSE}promises/{one.pk}/", {"deed": "confirm", "minor": "6000"})
    theo.post(f"{PURSE}promises/{other.pk}/", {"deed": "down", "why": "Unknown."})
    assert (state(one), state(other)) == (State.SECURED, State.ABANDONED)


def test_an_arrival_by_hand(cast: Cast) -> None:
    _fund, (town,) = called(cast, "60.00")
    theo = as_(cast.theo)
    form = said(theo.get(f"{PURSE}?for={town.reference}"))
    assert 'value="60.00"' in form
    given = {"way": "cash", "amount": "60,00", "currency": "EUR", "arrived_on": cast.now.date().isoformat()}
    given |= {"bank_reference": "till 7", "payer_name": "", "remittance": in_groups(town.reference)}
    assert "Recorded for" in said(theo.post(f"{PURSE}record/", given, follow=True))
    assert state(town) == State.PAID
    assert "was recorded before" in said(theo.post(f"{PURSE}record/", given, follow=True))
    assert "in the future" in said(theo.post(f"{PURSE}record/", {**given, "arrived_on": "2099-01-01"}))
    assert books.check() == []


def test_a_bank_statement_with_three_matches_and_one_mismatch(cast: Cast) -> None:
    """The journey: handed in, looked at, booked; what does not fit is in sight, and handing it in again changes nothing."""
    _fund, (town, firm, farm, school) = called(cast, "60.00", "20.00", "30.00", "40.00")
    raw = camt(
        entry("60.00", words=f"Zuschuss {in_groups(town.reference)}", reference="1"),
        entry("20.00", words=town.reference and firm.reference.lower(), reference="2"),
        entry("30.00", words=farm.reference[2:], reference="3"),
        entry("35.00", words=school.reference, reference="4"),
        entry("9.00", words="Danke!", reference="5"),
        entry("99.00", sign="DBIT", words=school.reference, reference="6"),
        entry("oops", reference="7"),
        entry("60.00", words=f"Zuschuss {in_groups(town.reference)}", reference="1"),
    )
    theo = as_(cast.theo)
    page = upload(theo, raw)
    text = said(page)
    for words in (
        "Recognised, and the amount fits: 3",
        "Recognised, but another amount: 1",
        "Not recognised: kept without a home: 1",
        "Recorded before: 1",
        "Went out: left alone: 1",
        "Could not be read: 1",
        "promised: €40.00",
    ):
        assert words in text
    assert not BankReceipt.objects.exists()
    address = page.redirect_chain[-1][0]
    done = said(theo.post(address, {"deed": "book"}, follow=True))
    assert "recognised, and the amount fits: 3" in done
    assert [state(one) for one in (town, firm, farm, school)] == [State.PAID, State.PAID, State.PAID, State.CHARGING]
    school.refresh_from_db()
    assert school.transferred_minor == 35_00
    assert BankReceipt.objects.count() == 5
    # The file is forgotten, and booking it a second time is not possible.
    assert BankStatement.objects.get().raw is None
    assert theo.post(address, {"deed": "book"}).status_code == 404
    again = upload(theo, raw)
    assert "Recorded before: 6" in said(again)
    assert "Book " not in said(again)
    theo.post(again.redirect_chain[-1][0], {"deed": "away"})
    assert BankReceipt.objects.count() == 5
    assert books.check() == []

    # What was not recognised is assigned by hand, and what is too much is returned.
    stray = BankReceipt.objects.get(remittance="Danke!")
    theo.post(f"{PURSE}arrivals/{stray.pk}/", {"deed": "assign", "reference": school.reference})
    assert state(school) == State.PAID
    stray.refresh_from_db()
    assert stray.free.minor == 4_00
    theo.post(f"{PURSE}arrivals/{stray.pk}/", {"deed": "return", "how": "SEPA 12"})
    stray.refresh_from_db()
    assert not stray.free
    assert books.check() == []


def test_a_csv_whose_columns_have_to_be_chosen(cast: Cast) -> None:
    _fund, (town,) = called(cast, "60.00")
    raw = f"Tag;Wert;Bemerkung\n{cast.now:%d.%m.%Y};60,00;{town.reference}\n".encode()
    theo = as_(cast.theo)
    page = upload(theo, raw, "umsatz.csv")
    assert "names a column for the day" in said(page)
    address = page.redirect_chain[-1][0]
    assert "Which column means what" in said(page)
    theo.post(
        address, {"deed": "columns", "column-date": "Tag", "column-amount": "Wert", "column-remittance": "Bemerkung"}
    )
    assert "the amount fits: 1" in said(theo.get(address))
    theo.post(address, {"deed": "book"})
    assert state(town) == State.PAID


def test_what_is_refused_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    theo = as_(cast.theo)
    assert "no sound XML" in said(upload(theo, b"<Document>"))
    assert "another account" in said(upload(theo, camt(entry(), iban="DE02120300000000202051")))
    monkeypatch.setattr(importing, "MOST_BYTES", 10)
    assert "larger than" in said(upload(theo, camt(entry())))
    assert not BankStatement.objects.exists()


def test_two_who_book_the_same_file_book_it_once(cast: Cast) -> None:
    from tests.funding.test_races import at_once

    _fund, (town,) = called(cast, "60.00")
    raw = camt(entry("60.00", words=town.reference), entry("5.00", words="x", reference="2"))
    kept = [
        importing.keep(receiver=cast.receiver, file_name="a", raw=raw, by=cast.theo, now=cast.now) for _ in range(2)
    ]
    done = at_once(*(lambda pk=one.pk: importing.book(pk, by=cast.theo, now=cast.now) for one in kept))
    assert not [one for one in done if isinstance(one, Exception)], done
    assert BankReceipt.objects.count() == 2
    assert Assignment.objects.count() == 1
    assert books.check() == []


def test_what_a_fund_owes_back_is_noted_as_returned(cast: Cast) -> None:
    from funding import arriving

    fund = cast.fund("100.00")
    town = cast.written(fund, "60.00")
    cast.written(fund, "40.00")
    cast.close(fund)
    cast.arrives("60.00", commitment=town, now=fund.deadline_at)
    cast.end_calls(fund, town.fund.deadline_at + (cast.now - cast.now))
    from datetime import timedelta

    cast.end_calls(fund, fund.deadline_at + timedelta(days=31))
    for pk in arriving.to_owe(limit=10):
        arriving.owe(pk, now=cast.now)
    theo = as_(cast.theo)
    assert "To be returned" in said(theo.get(PURSE))
    owed = Assignment.objects.get()
    theo.post(f"{PURSE}owed/{owed.pk}/", {"how": ""})
    assert state(owed) == "owed"
    theo.post(f"{PURSE}owed/{owed.pk}/", {"how": "SEPA 3"})
    assert state(owed) == "returned"
    assert books.check() == []
