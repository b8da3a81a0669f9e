"""Reading a bank statement: CAMT.053 of any version, or CSV as banks export it. Pure: bytes in, lines out.

Each line that cannot be read is reported by its number, and the others go through.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from payments.money import Money

MOST_LINES = 50_000


class Unreadable(Exception):
    """The file as a whole is nothing that can be read: `code` says why, `headers` what a CSV's columns may be called."""

    def __init__(self, code: str, headers: list[str] | None = None) -> None:
        super().__init__(code)
        self.code, self.headers = code, headers or []


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what came (positive) or left (negative); or why it could not be read."""

    number: int
    amount: Money | None = None
    arrived_on: datetime.date | None = None
    bank_reference: str = ""
    payer_name: str = ""
    remittance: str = ""
    problem: str = ""


@dataclass(slots=True)
class Read:
    """What a file says: its lines, of which account when it names one, and for a CSV how its columns were understood."""

    lines: list[Line] = field(default_factory=list)
    iban: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)


def read(raw: bytes, *, currency: str, columns: dict[str, str] | None = None) -> Read:
    """Read a file. `currency` is a CSV's that names none; `columns` says which of its columns mean what, where a guess
    would be wrong. Raises Unreadable: `empty`, `not_xml`, `not_camt`, `no_columns`, `too_many_lines`."""
    if not raw.strip():
        raise Unreadable("empty")
    start = raw.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")[:5].replace(b"\x00", b"")
    found = _camt(raw) if start.startswith(b"<") else _csv(raw, currency, columns or {})
    if len(found.lines) > MOST_LINES:
        raise Unreadable("too_many_lines")
    found.lines = list(_referenced(found.lines))
    return found


def _referenced(lines: list[Line]) -> Iterator[Line]:
    """A line without a reference of the bank's gets one made of what it says, and of how many in the file say the same:
    the same file read twice gives the same, and two equal payments on one day stay two."""
    seen: Counter[str] = Counter()
    for line in lines:
        if line.problem or line.bank_reference:
            yield line
            continue
        said = "\x1f".join(str(part) for part in (line.arrived_on, line.amount, line.payer_name, line.remittance))
        seen[said] += 1
        made = hashlib.sha256(f"{said}\x1f{seen[said]}".encode()).hexdigest()[:32]
        yield Line(line.number, line.amount, line.arrived_on, f"#{made}", line.payer_name, line.remittance)


# --- CAMT.053 -----------------------------------------------------------------------------------------------------


def _camt(raw: bytes) -> Read:
    found, number, is_statement = Read(), 0, False
    try:
        for _event, element in iterparse(io.BytesIO(raw), events=("end",), forbid_dtd=True):
            name = _name(element)
            if name == "Acct" and not found.iban:
                found.iban = re.sub(r"\s", "", _text(element, "Id/IBAN"))
            elif name == "Ntry":
                for line in _entry(element, number):
                    number = line.number
                    found.lines.append(line)
                # What was read is forgotten: a long statement does not grow in memory.
                element.clear()
            elif name == "Stmt":
                is_statement = True
            if number > MOST_LINES:
                raise Unreadable("too_many_lines")
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise Unreadable("not_xml") from error
    if not is_statement:
        raise Unreadable("not_camt")
    return found


def _entry(entry: Element, number: int) -> Iterator[Line]:
    """One line for each payment of an entry, when it says what each is; else one for the entry."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status and status != "BOOK":
        return
    # One that is itself a list of payments in a sum gives each its own amount.
    parts = [part for details in _all(entry, "NtryDtls") for part in _all(details, "TxDtls")]
    whole = _one(entry, entry, number + 1)
    each = [_one(entry, part, number + 1 + at, of=f"/{at + 1}") for at, part in enumerate(parts)]
    if len(parts) > 1 and whole.amount and all(line.amount for line in each):
        total = sum(line.amount.minor for line in each if line.amount)
        if total == whole.amount.minor:
            yield from each
            return
    yield _one(entry, parts[0], number + 1) if len(parts) == 1 and each[0].amount == whole.amount else whole


def _one(entry: Element, part: Element, number: int, *, of: str = "") -> Line:
    """One payment of an entry; `of` tells it from the others of the same entry."""

    def said(path: str) -> str:
        return _text(part, path)

    try:
        amount = _find(part, "Amt")
        if amount is None:
            amount = _find(part, "AmtDtls/TxAmt/Amt")
        if amount is None:
            amount = _find(entry, "Amt")
        if amount is None:
            raise ValueError("no amount")
        money = Money.parse((amount.text or "").strip(), amount.get("Ccy", ""))
        sign = said("CdtDbtInd") or _text(entry, "CdtDbtInd")
        if sign not in ("CRDT", "DBIT"):
            raise ValueError("neither credit nor debit")
        day = next(
            (text for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm") if (text := _text(entry, path))),
            "",
        )
        arrived = datetime.date.fromisoformat(day[:10])
    except ValueError as error:
        return Line(number, problem=str(error)[:200])
    words = [element.text or "" for element in _all(part, "RmtInf/Ustrd") or _deep(part, "RmtInf/Ustrd")]
    structured = [element.text or "" for element in _deep(part, "RmtInf/Strd/CdtrRefInf/Ref")]
    payer = next(
        (text for path in ("RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm") if (text := _first_deep(part, path))), ""
    )
    bank = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    bank = bank + of if bank else said("Refs/AcctSvcrRef") or said("Refs/TxId")
    remittance = " ".join(part for part in (*structured, *words) if part) or _text(entry, "AddtlNtryInf")
    return Line(
        number,
        money if sign == "CRDT" else -money,
        arrived,
        bank[:120],
        payer[:140],
        " ".join(remittance.split())[:240],
    )


def _name(element: Element) -> str:
    """Without its namespace, which changes with each version."""
    return str(element.tag).rpartition("}")[2]


def _all(element: Element, path: str) -> list[Element]:
    found = [element]
    for step in path.split("/"):
        found = [child for parent in found for child in parent if _name(child) == step]
    return found


def _deep(element: Element, path: str) -> list[Element]:
    """The path below the element, or below its only payment."""
    return _all(element, path) or _all(element, f"NtryDtls/TxDtls/{path}")


def _find(element: Element, path: str) -> Element | None:
    return next(iter(_all(element, path)), None)


def _text(element: Element, path: str) -> str:
    found = _find(element, path)
    return (found.text or "").strip() if found is not None else ""


def _first_deep(element: Element, path: str) -> str:
    return next(((found.text or "").strip() for found in _deep(element, path)), "")


# --- CSV ----------------------------------------------------------------------------------------------------------

# What banks call their columns, best first; compared without case, accents and marks.
COLUMNS = {
    "date": (
        *("buchungstag", "buchungsdatum", "booking date", "date de comptabilisation", "fecha operacion", "date"),
        *("datum", "fecha", "valutadatum", "valuta", "wertstellung", "value date", "date operation"),
    ),
    "amount": ("betrag", "betrag eur", "umsatz", "umsatz in eur", "amount", "importe", "montant", "credit", "haben"),
    "remittance": (
        *("verwendungszweck", "remittance", "remittance information", "payment reference", "purpose", "concepto"),
        *("communication", "libelle", "description", "details", "reference", "buchungstext"),
    ),
    "payer": (
        *("name zahlungsbeteiligter", "beguenstigterzahlungspflichtiger", "auftraggeber", "zahlungspflichtiger"),
        *("payer", "payer name", "counterparty", "ordenante", "donneur dordre", "name"),
    ),
    "bank_reference": ("bankreferenz", "bank reference", "transaction id", "transaktionsid", "kundenreferenz", "id"),
    "currency": ("waehrung", "wahrung", "currency", "divisa", "devise"),
}
NEEDED = ("date", "amount")


def _csv(raw: bytes, currency: str, chosen: dict[str, str]) -> Read:
    text = _decoded(raw)
    top = text.splitlines()[:30]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(top))
    found, looked_at = Read(), 0
    width: dict[str, int] = {}
    widest: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if not width:
            width = _columns(cells, chosen)
            if width:
                found.headers = [cell for cell in cells if cell]
                found.columns = {meaning: cells[place] for meaning, place in width.items()}
            elif (looked_at := looked_at + 1) > 30:
                break
            elif len(cells) > len(widest):
                widest = cells
            continue
        found.lines.append(_row(number, cells, width, currency))
        if len(found.lines) > MOST_LINES:
            raise Unreadable("too_many_lines")
    if not width:
        raise Unreadable("no_columns", [cell for cell in widest if cell])
    return found


def _row(number: int, cells: list[str], width: dict[str, int], currency: str) -> Line:
    def cell(meaning: str) -> str:
        place = width.get(meaning)
        return cells[place] if place is not None and place < len(cells) else ""

    try:
        code = cell("currency").upper() or currency
        money = amount_of(cell("amount"), code)
        arrived = day_of(cell("date"))
    except ValueError as error:
        return Line(number, problem=str(error)[:200])
    reference = cell("bank_reference")
    return Line(
        number,
        money,
        arrived,
        "" if reference.upper() in ("NONREF", "NOTPROVIDED") else reference[:120],
        cell("payer")[:140],
        " ".join(cell("remittance").split())[:240],
    )


def amount_of(text: str, currency: str) -> Money:
    """“1.234,56”, “1,234.56 EUR”, “-12,50”, “12,50-”, “12,50 S”. Raises ValueError."""
    plain = re.sub(rf"[\s'’+€$£\u00a0]|{re.escape(currency)}", "", text.upper()).replace("−", "-")
    sign = -1 if plain.startswith("-") or plain.endswith(("-", "S")) else 1
    plain = plain.strip("-").removesuffix("S").removesuffix("H")
    if "," in plain and "." in plain:
        plain = plain.replace("," if plain.rindex(".") > plain.rindex(",") else ".", "")
    elif plain.count(".") > 1 or plain.count(",") > 1:
        plain = plain.replace(".", "").replace(",", "")
    return Money.parse(plain.replace(",", "."), currency) * sign


def day_of(text: str) -> datetime.date:
    """2026-11-27, 27.11.2026, 27.11.26, 27/11/2026. Raises ValueError."""
    if re.match(r"\d{4}-\d{2}-\d{2}", text):
        return datetime.date.fromisoformat(text[:10])
    match = re.match(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d)", text)
    if not match:
        raise ValueError(f"{text!r} is no day")
    year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    return datetime.date(year, int(match[2]), int(match[1]))


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _delimiter(top: list[str]) -> str:
    """What cuts most lines into the same number of parts, more than one."""

    def cuts(mark: str) -> tuple[int, int]:
        counted = Counter(line.count(mark) for line in top if line.strip())
        counted.pop(0, None)
        return max(((often, parts) for parts, often in counted.items()), default=(0, 0))

    return max((";", ",", "\t"), key=cuts)


def _plain(text: str) -> str:
    for letter, plain in {"ä": "a", "ö": "o", "ü": "u", "é": "e", "è": "e", "ó": "o", "ß": "ss"}.items():
        text = text.lower().replace(letter, plain)
    return " ".join(re.sub(r"[^a-z0-9 ]", "", text).split())


def _columns(cells: list[str], chosen: dict[str, str]) -> dict[str, int]:
    """Which column means what, in a row of headers; nothing when this is none."""
    plain = [_plain(cell) for cell in cells]
    width: dict[str, int] = {}
    for meaning, names in COLUMNS.items():
        if chosen.get(meaning):
            if chosen[meaning] in cells:
                width[meaning] = cells.index(chosen[meaning])
            continue
        for name in (*names, *(_plain(name) for name in names)):
            if name in plain and plain.index(name) not in width.values():
                width[meaning] = plain.index(name)
                break
    return width if all(need in width for need in NEEDED) else {}


def of_columns(given: Any) -> dict[str, str]:
    """The choices of a form, for `read`: only what is a meaning."""
    return {meaning: str(given.get(f"column-{meaning}", "")) for meaning in COLUMNS}
