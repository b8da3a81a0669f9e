"""Importing a bank statement: read, shown line by line as it would be booked, then booked."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from funding import arriving, purse
from funding.models import Commitment
from members.models import Member
from members.moves import record
from payments import receiving
from payments.bank_details import details_of
from payments.bank_lines import Line, Read, Unreadable, read
from payments.models import BankReceipt, BankStatement, Receiver

MOST_BYTES = 10 * 1024 * 1024
State = Commitment.State


@dataclass(frozen=True, slots=True)
class Seen:
    """A line beside what is known: `verdict` is matched, differs, unmatched, known, outgoing or bad."""

    line: Line
    verdict: str
    promise: Commitment | None = None


def keep(*, receiver: Receiver, file_name: str, raw: bytes, by: Member, now: datetime.datetime) -> BankStatement:
    """Keep a file that can be read, to be looked at. Raises ValidationError: `too_large`, and what `understood` raises."""
    if len(raw) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 10 MB. Export fewer days."), code="too_large")
    statement = BankStatement(
        receiver=receiver,
        file_name=file_name[:120],
        currency=receiver.currencies[0],
        raw=raw,
        read_by=by,
        read_at=now,
    )
    try:
        understood(statement)
    except ValidationError as refusal:
        # Its columns may still be chosen by hand.
        if refusal.code != "no_columns":
            raise
    statement.save(force_insert=True)
    return statement


def understood(statement: BankStatement) -> Read:
    """What the file says. Raises ValidationError: `empty`, `not_xml`, `not_camt`, `no_columns`, `too_many_lines`,
    `other_account` (it is the statement of another account), `statement_over`."""
    if statement.raw is None:
        raise ValidationError(_("This statement was booked or put away already."), code="statement_over")
    words = {
        "empty": _("The file is empty."),
        "not_xml": _("This is no sound XML file."),
        "not_camt": _("This XML file is no bank statement (CAMT.053)."),
        "no_columns": _("No line of the file names a column for the day and one for the amount."),
        "too_many_lines": _("The file has too many lines. Export fewer days."),
    }
    try:
        found = read(bytes(statement.raw), currency=statement.currency, columns=statement.columns)
    except Unreadable as unreadable:
        raise ValidationError(
            words[unreadable.code], code=unreadable.code, params={"headers": unreadable.headers}
        ) from unreadable
    details = details_of(statement.receiver)
    if found.iban and details is not None and found.iban != details.iban:
        raise ValidationError(
            _("This is the statement of another account: …%(end)s."),
            code="other_account",
            params={"end": found.iban[-4:]},
        )
    return found


def look_through(statement: BankStatement, lines: Iterable[Line]) -> list[Seen]:
    """Each line as it would be booked now; nothing is written."""
    lines = list(lines)
    references = {line.bank_reference for line in lines if line.bank_reference}
    known = set(
        BankReceipt.objects.filter(receiver=statement.receiver, bank_reference__in=references).values_list(
            "bank_reference", "arrived_on", "amount_minor"
        )
    )
    # The same line twice in one file is one, as it is in two files.
    return [_seen(statement, line, known) for line in lines]


def _seen(statement: BankStatement, line: Line, known: set[tuple[str, datetime.date, int]]) -> Seen:
    if line.problem or line.amount is None or line.arrived_on is None:
        return Seen(line, "bad")
    if line.amount.minor <= 0:
        return Seen(line, "outgoing")
    if line.amount.currency not in statement.receiver.currencies:
        return Seen(_with_problem(line, _("another currency")), "bad")
    key = (line.bank_reference, line.arrived_on, line.amount.minor)
    if key in known:
        return Seen(line, "known")
    known.add(key)
    promise = purse.recognised(statement.receiver, line.remittance)
    if promise is None or promise.currency != line.amount.currency:
        return Seen(line, "unmatched")
    if promise.state not in (State.DRAFT, State.SECURED, State.CHARGING):
        return Seen(line, "unmatched", promise)
    expected = promise.charge.minor - promise.transferred_minor
    return Seen(line, "matched" if line.amount.minor == expected else "differs", promise)


def _with_problem(line: Line, problem: str) -> Line:
    return Line(
        line.number, line.amount, line.arrived_on, line.bank_reference, line.payer_name, line.remittance, problem
    )


def choose_columns(statement: BankStatement, columns: dict[str, str]) -> None:
    """Read a CSV with these columns instead of those that were guessed."""
    statement.columns = {meaning: name for meaning, name in columns.items() if name}
    statement.save(update_fields=["columns"])


def book(statement_id: UUID, *, by: Member, now: datetime.datetime) -> dict[str, int]:
    """Record every line that came in and was not known, assign what is recognised, and forget the file; how many lines
    had which verdict. What cannot be recorded counts as bad, and does not keep the others.

    Raises ValidationError as `understood` does.
    """
    made: list[UUID] = []
    counts: dict[str, int] = {}
    with transaction.atomic():
        # Two at once would show the same; the second finds the file gone.
        rows = BankStatement.objects.select_for_update(no_key=True, of=("self",)).select_related("receiver")
        statement = rows.get(pk=statement_id)
        for seen in look_through(statement, understood(statement).lines):
            verdict = seen.verdict
            if verdict in ("matched", "differs", "unmatched"):
                try:
                    made.append(_record(statement, seen, by=by, now=now).pk)
                except ValidationError as refusal:
                    verdict = "known" if refusal.code == "receipt_known" else "bad"
            counts[verdict] = counts.get(verdict, 0) + 1
        statement.raw, statement.booked_at = None, now
        statement.save(update_fields=["raw", "booked_at"])
        record(statement, "read", "booked", by=by, now=now, why=", ".join(f"{k} {v}" for k, v in counts.items()))
    for pk in made:
        arriving.apply(pk, now=now)
    return counts


def put_away(statement: BankStatement, *, by: Member, now: datetime.datetime) -> None:
    """Forget a file without booking it."""
    with transaction.atomic():
        if BankStatement.objects.filter(pk=statement.pk, booked_at=None).update(raw=None):
            record(statement, "read", "put away", by=by, now=now)


def _record(statement: BankStatement, seen: Seen, *, by: Member, now: datetime.datetime) -> BankReceipt:
    line = seen.line
    assert line.amount is not None  # noqa: S101  (what has a verdict has both)
    assert line.arrived_on is not None  # noqa: S101
    with transaction.atomic():
        return receiving.record_receipt(
            receiver=statement.receiver,
            amount=line.amount,
            bank_reference=line.bank_reference,
            arrived_on=line.arrived_on,
            payer_name=line.payer_name,
            remittance=line.remittance,
            purpose_id=seen.promise.pk if seen.promise else None,
            by=by,
            now=now,
        )
