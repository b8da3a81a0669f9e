"""The treasurer's page of an organisation: promises in writing, what arrived, and what is to be returned."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import access, arriving, promising, purse
from funding.forms import ArrivalForm, BankForm, StatementForm
from funding.models import Commitment
from members.clock import database_now
from members.models import Organisation
from members.requests import member_of
from payments import bank_details, receiving
from payments.connecting import receiver_of
from payments.models import Assignment, BankReceipt, Receiver
from payments.money import Money

State = Commitment.State
LATEST = 30


def keepers_receiver(request: HttpRequest, slug: str) -> tuple[Organisation, Receiver]:
    """The organisation whose purse the member keeps; for anybody else there is no such page."""
    organisation = get_object_or_404(Organisation, slug=slug)
    receiver = receiver_of(organisation)
    if receiver is None or not access.may_keep_purse(request.user, organisation.pk):
        raise Http404
    return organisation, receiver


@never_cache
@login_required
@require_safe
def purse_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything about money without a card, what waits for a deed first."""
    organisation, receiver = keepers_receiver(request, slug)
    return _page(request, organisation, receiver, ArrivalForm(receiver, initial=_expected(request, receiver)))


def _page(request: HttpRequest, organisation: Organisation, receiver: Receiver, form: ArrivalForm) -> HttpResponse:
    latest = BankReceipt.objects.filter(receiver=receiver).order_by("-recorded_at", "-pk")[:LATEST]
    context = {
        "organisation": organisation,
        "details": bank_details.details_of(receiver),
        "may_change_bank": access.may_change_bank(request.user, organisation.pk),
        "to_confirm": purse.to_confirm(receiver),
        "expected": purse.promises(receiver, State.CHARGING),
        "promised": purse.promises(receiver, State.SECURED),
        "homeless": purse.without_a_home(receiver),
        "owed": purse.owed(receiver),
        "latest": latest,
        "form": form,
        "statement_form": StatementForm(),
    }
    return render(request, "funding/treasury.html", context)


def _expected(request: HttpRequest, receiver: Receiver) -> dict[str, Any]:
    """What is filled in for an arrival that was clicked on the list of the expected."""
    reference = request.GET.get("for", "")
    row = purse.promises(receiver, State.CHARGING).filter(reference=reference).first() if reference else None
    if row is None:
        return {}
    rest = row.charge - Money(row.transferred_minor, row.currency)
    ways = {"cash": "cash", "cheque": "cheque"}
    return {
        "way": ways.get(row.written.way, "transfer"),
        "amount": str(rest.decimal),
        "currency": row.currency,
        "payer_name": row.written.payer_name,
        "remittance": row.reference,
    }


@login_required
@require_POST
def record(request: HttpRequest, slug: str) -> HttpResponse:
    """One arrival by hand; recognised by its reference, else without a home."""
    organisation, receiver = keepers_receiver(request, slug)
    form = ArrivalForm(receiver, request.POST)
    if not form.is_valid():
        return _page(request, organisation, receiver, form)
    given, now = form.cleaned_data, database_now()
    promise = purse.recognised(receiver, given["remittance"])
    try:
        with transaction.atomic():
            receipt = receiving.record_receipt(
                receiver=receiver,
                amount=given["money"],
                way=given["way"],
                bank_reference=given["bank_reference"],
                arrived_on=given["arrived_on"],
                payer_name=given["payer_name"],
                remittance=given["remittance"],
                purpose_id=promise.pk if promise else None,
                by=member_of(request),
                now=now,
            )
        arriving.apply(receipt.pk, now=now)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _page(request, organisation, receiver, form)
    if promise is None:
        messages.warning(request, _("Recorded, but no promise was recognised: say below what it is for, or return it."))
    else:
        messages.success(
            request, _("Recorded for %(payer)s, “%(title)s”.") % {"payer": promise.written, "title": promise.fund.title}
        )
    return redirect("funding:treasury", slug=slug)


@login_required
def bank(request: HttpRequest, slug: str) -> HttpResponse:
    """Where transfers go; owners may change it."""
    organisation, receiver = keepers_receiver(request, slug)
    if not access.may_change_bank(request.user, organisation.pk):
        raise Http404
    kept = bank_details.details_of(receiver)
    initial = {"address": kept.address, "tax_note": kept.tax_note} if kept else {}
    if kept:
        initial |= {"holder": kept.holder, "iban": kept.iban_in_groups, "bic": kept.bic}
    form = BankForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            bank_details.set_bank_details(
                receiver=receiver, by=member_of(request), now=database_now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            for name, errors in refusal.error_dict.items():
                form.add_error(name, errors)
        else:
            messages.success(request, _("Transfers go there from now on."))
            return redirect("funding:treasury", slug=slug)
    return render(request, "funding/bank.html", {"organisation": organisation, "form": form, "kept": kept})


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, commitment_id: UUID) -> HttpResponse:
    """Confirm a promise in writing as it was read, or turn it down."""
    _organisation, receiver = keepers_receiver(request, slug)
    row = get_object_or_404(purse.to_confirm(receiver), pk=commitment_id)
    by, now = member_of(request), database_now()
    try:
        if request.POST.get("deed") == "confirm":
            read = request.POST.get("minor", "")
            amount = Money(int(read) if read.isdecimal() else 0, row.currency)
            promising.confirm(row.pk, maximum=amount, by=by, now=now)
            messages.success(request, _("Confirmed: %(payer)s.") % {"payer": row.written})
        else:
            promising.turn_down(row.pk, by=by, now=now, why=request.POST.get("why", ""))
            messages.success(request, _("Turned down: %(payer)s.") % {"payer": row.written})
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("funding:treasury", slug=slug)


@login_required
@require_POST
def settle(request: HttpRequest, slug: str, receipt_id: UUID) -> HttpResponse:
    """Money without a home: say which promise it pays, or that it was returned."""
    _organisation, receiver = keepers_receiver(request, slug)
    receipt = get_object_or_404(BankReceipt.objects.filter(receiver=receiver), pk=receipt_id)
    by, now = member_of(request), database_now()
    try:
        if request.POST.get("deed") == "return":
            arriving.return_free(receipt, how=request.POST.get("how", ""), by=by, now=now)
            messages.success(request, _("Noted as returned."))
        else:
            promise = purse.recognised(receiver, request.POST.get("reference", ""))
            if promise is None:
                raise ValidationError(_("No promise has this reference."), code="reference_unknown")
            arriving.say_what_for(receipt, promise, by=by, now=now)
            messages.success(request, _("It counts for %(payer)s.") % {"payer": promise.written})
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("funding:treasury", slug=slug)


@login_required
@require_POST
def give_back(request: HttpRequest, slug: str, assignment_id: UUID) -> HttpResponse:
    """What a fund owes back was returned."""
    _organisation, receiver = keepers_receiver(request, slug)
    row = get_object_or_404(
        Assignment.objects.filter(receipt__receiver=receiver).select_related("credit_account__receiver"),
        pk=assignment_id,
    )
    try:
        arriving.return_owed(row, how=request.POST.get("how", ""), by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Noted as returned; its payer is told."))
    return redirect("funding:treasury", slug=slug)
