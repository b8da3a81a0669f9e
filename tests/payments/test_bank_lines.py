"""Bank statements as banks write them: CAMT.053 of several versions, and CSV of several countries."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.bank_lines import Unreadable, amount_of, day_of, read
from payments.money import Money

DAY = datetime.date(2026, 11, 27)


def entry(
    amount: str = "60.00", sign: str = "CRDT", words: str = "RF68 0000 0042", reference: str = "2026/1", **more: str
) -> str:
    status = more.get("status", "<Sts>BOOK</Sts>")
    name = more.get("name", "<Dbtr><Nm>Gemeinde Norden</Nm></Dbtr>")
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{status}
      <BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>
      <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties>{name}</RltdPties>
      <RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def camt(*entries: str, version: str = "02", iban: str = "DE89370400440532013000") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt>
    <Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{"".join(entries)}</Stmt></BkToCstmrStmt></Document>""".encode()


@pytest.mark.parametrize("version", ["02", "04", "06", "08"])
def test_camt_of_any_version(version: str) -> None:
    new = version == "08"
    one = entry(
        status="<Sts><Cd>BOOK</Cd></Sts>" if new else "<Sts>BOOK</Sts>",
        name="<Dbtr><Pty><Nm>Gemeinde Norden</Nm></Pty></Dbtr>" if new else "<Dbtr><Nm>Gemeinde Norden</Nm></Dbtr>",
    )
    found = read(camt(one, version=version), currency="EUR")
    assert found.iban == "DE89370400440532013000"
    line = found.lines[0]
    assert (line.number, line.amount, line.arrived_on) == (1, Money(60_00, "EUR"), DAY)
    assert (line.payer_name, line.remittance, line.bank_reference) == ("Gemeinde Norden", "RF68 0000 0042", "2026/1")


def test_what_is_pending_is_left_out_and_what_leaves_is_negative() -> None:
    found = read(
        camt(entry(status="<Sts>PDNG</Sts>"), entry(sign="DBIT", reference="2"), entry(amount="x", reference="3")),
        currency="EUR",
    )
    assert [(line.number, line.amount, bool(line.problem)) for line in found.lines] == [
        (1, Money(-60_00, "EUR"), False),
        (2, None, True),
    ]


def test_payments_booked_in_one_sum_are_each_a_line() -> None:
    part = (
        "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>30.00</Amt></TxAmt>"
        "</AmtDtls><RmtInf><Strd><CdtrRefInf><Ref>RF6800000042</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )
    batch = (
        '<Ntry><Amt Ccy="EUR">60.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-27</Dt></BookgDt>'
        f"<AcctSvcrRef>9</AcctSvcrRef><NtryDtls>{part}{part}</NtryDtls></Ntry>"
    )
    lines = read(camt(batch), currency="EUR").lines
    assert [(line.number, line.amount) for line in lines] == [(1, Money(30_00, "EUR")), (2, Money(30_00, "EUR"))]
    # Equal as they are, they are two.
    assert len({line.bank_reference for line in lines}) == 2
    assert lines[0].remittance == "RF6800000042"


BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>"""
)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"  ", "empty"),
        (b"<Document><Ntry>", "not_xml"),
        (b"<html><body/></html>", "not_camt"),
        (BOMB, "not_xml"),
        (b"nothing;of;use\n1;2;3\n", "no_columns"),
    ],
)
def test_what_cannot_be_read_is_said(raw: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read(raw, currency="EUR")
    assert unreadable.value.code == code


GERMAN = (
    '"Kontonummer";"DE89 3704"\n\n"Buchungstag";"Name Zahlungsbeteiligter";"Verwendungszweck";"Betrag";"Währung"\n'
    '"27.11.2026";"Gemeinde Nörden";"Spende RF68 0000 0042";"1.234,56";"EUR"\n"27.11.26";"Strom";"";"-12,50";"EUR"\n'
    '"bald";"x";"y";"1,00";"EUR"\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_with_a_preamble_a_decimal_comma_and_any_encoding(encoding: str) -> None:
    found = read(GERMAN.encode(encoding), currency="EUR")
    assert found.columns == {
        "date": "Buchungstag",
        "amount": "Betrag",
        "remittance": "Verwendungszweck",
        "payer": "Name Zahlungsbeteiligter",
        "currency": "Währung",
    }
    first, second, third = found.lines
    assert (first.amount, first.arrived_on, first.payer_name) == (Money(1234_56, "EUR"), DAY, "Gemeinde Nörden")
    assert second.amount == Money(-12_50, "EUR")
    assert (third.number, third.amount) == (6, None)
    assert third.problem


def test_an_english_one_with_commas() -> None:
    found = read(b'Date,Description,Amount,Transaction ID\n2026-11-27,"Laser, please","1,234.56",T1\n', currency="GBP")
    (line,) = found.lines
    assert (line.amount, line.remittance, line.bank_reference) == (Money(1234_56, "GBP"), "Laser, please", "T1")


def test_columns_chosen_by_hand() -> None:
    raw = b"Tag;Wert;Bemerkung\n27.11.2026;5,00;RF68\n"
    with pytest.raises(Unreadable):
        read(raw, currency="EUR")
    chosen = {"date": "Tag", "amount": "Wert", "remittance": "Bemerkung"}
    assert read(raw, currency="EUR", columns=chosen).lines[0].remittance == "RF68"


def test_two_equal_payments_stay_two_and_the_same_file_says_the_same() -> None:
    raw = b"Date;Amount;Purpose\n2026-11-27;5.00;x\n2026-11-27;5.00;x\n"
    first, second = (line.bank_reference for line in read(raw, currency="EUR").lines)
    assert first != second
    assert [line.bank_reference for line in read(raw, currency="EUR").lines] == [first, second]


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1.234,56", 123456), ("1,234.56", 123456), ("12,50-", -1250), ("-12.5", -1250), ("12,50 S", -1250), ("+7", 700)],
)
def test_amounts(text: str, minor: int) -> None:
    assert amount_of(text, "EUR").minor == minor


def test_days() -> None:
    assert day_of("2026-11-27T10:00:00") == day_of("27.11.2026") == day_of("27/11/26") == DAY
    with pytest.raises(ValueError, match="no day"):
        day_of("27.11.20266")


@given(st.binary(max_size=300))
def test_whatever_is_handed_in_is_read_or_refused(raw: bytes) -> None:
    try:
        found = read(raw, currency="EUR")
    except Unreadable:
        return
    assert all(line.problem or line.bank_reference for line in found.lines)


@given(st.text(max_size=200))
def test_any_cells_are_read_or_reported(text: str) -> None:
    found = read(f"Date;Amount;Purpose\n{text}".encode("utf-8", "replace"), currency="EUR")
    assert all(line.problem or line.amount is not None for line in found.lines)
