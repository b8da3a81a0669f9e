"""A bank statement: handed in, looked at, booked."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from funding import importing
from funding.forms import StatementForm
from funding.views.treasury import keepers_receiver
from members.clock import database_now
from members.requests import member_of
from payments.bank_lines import COLUMNS, of_columns
from payments.models import BankStatement

# Of each verdict; they are counted all the same.
SHOWN = 200
ORDER = ("bad", "differs", "unmatched", "matched", "known", "outgoing")


@login_required
@require_POST
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand a file in; refused at once when it is too large or nothing that can be read."""
    _organisation, receiver = keepers_receiver(request, slug)
    form = StatementForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise ValidationError(_("Choose a file."), code="required")
        file = form.cleaned_data["file"]
        # Never more than the limit is read, whatever the file says of itself.
        raw = file.read(importing.MOST_BYTES + 1)
        statement = importing.keep(
            receiver=receiver, file_name=file.name, raw=raw, by=member_of(request), now=database_now()
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("funding:treasury", slug=slug)
    return redirect("funding:preview", slug=slug, statement_id=statement.pk)


@never_cache
@login_required
def preview(request: HttpRequest, slug: str, statement_id: UUID) -> HttpResponse:
    """What each line would become; book it, choose other columns, or put it away."""
    organisation, receiver = keepers_receiver(request, slug)
    statement = get_object_or_404(
        BankStatement.objects.select_related("receiver"), pk=statement_id, receiver=receiver, raw__isnull=False
    )
    by, now = member_of(request), database_now()
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    try:
        if deed == "columns":
            importing.choose_columns(statement, of_columns(request.POST))
            return redirect(request.path)
        if deed == "away":
            importing.put_away(statement, by=by, now=now)
            return redirect("funding:treasury", slug=slug)
        if deed == "book":
            counts = importing.book(statement.pk, by=by, now=now)
            messages.success(request, _said(counts))
            return redirect("funding:treasury", slug=slug)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    context: dict[str, Any] = {"organisation": organisation, "statement": statement}
    try:
        read = importing.understood(statement)
    except ValidationError as refusal:
        headers = (refusal.params or {}).get("headers", [])
        columns = [(key, words, statement.columns.get(key, "")) for key, words in _meanings()]
        context |= {"problem": " ".join(refusal.messages), "headers": headers, "columns": columns}
    else:
        seen = importing.look_through(statement, read.lines)
        counted = Counter(one.verdict for one in seen)
        groups = [
            (verdict, counted[verdict], [one for one in seen if one.verdict == verdict][:SHOWN]) for verdict in ORDER
        ]
        context |= {
            "groups": [(verdict, _verdicts()[verdict], many, rows) for verdict, many, rows in groups if many],
            "columns": [(key, words, read.columns.get(key, "")) for key, words in _meanings()],
            "headers": read.headers,
            "bookable": sum(counted[verdict] for verdict in ("matched", "differs", "unmatched")),
        }
    return render(request, "funding/preview.html", context)


def _said(counts: dict[str, int]) -> str:
    words = _verdicts()
    said = ", ".join(f"{words[verdict]}: {counts[verdict]}" for verdict in ORDER if verdict in counts)
    return _("Booked. %(said)s.") % {"said": said}


def _verdicts() -> dict[str, str]:
    return {
        "matched": _("recognised, and the amount fits"),
        "differs": _("recognised, but another amount"),
        "unmatched": _("not recognised: kept without a home"),
        "known": _("recorded before"),
        "outgoing": _("went out: left alone"),
        "bad": _("could not be read"),
    }


def _meanings() -> list[tuple[str, str]]:
    words = {
        "date": _("Day"),
        "amount": _("Amount"),
        "remittance": _("What the payer wrote"),
        "payer": _("Came from"),
        "bank_reference": _("Bank's reference"),
        "currency": _("Currency"),
    }
    return [(meaning, words[meaning]) for meaning in COLUMNS]
