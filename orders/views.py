"""Pages of runs, orders and the bench."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from funding import committing, statement, totals
from funding.models import Commitment, Fund
from funding.progress import Progress
from members.clock import database_now
from members.models import Member
from members.requests import acting, address_of, in_zone_for, member_of
from orders import access, comparing, ordering, planning, quoting, recording, settling
from orders.forms import CostForm, SeenForm, UnitsForm
from orders.models import Order, Quote, Run
from payments.money import Money
from payments.writing import written
from products import costing
from products.recipes import recipe_from_json

NOWHERE = "00000000-0000-0000-0000-000000000000"


class Shown(NamedTuple):
    """A batch with how far it is."""

    run: Run
    progress: Progress


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """Every batch, those that take orders first."""
    runs = list(
        Run.objects.with_names().order_by(F("fund__closed_at").desc(nulls_first=True), "fund__deadline_at")[:60]
    )
    return render(request, "orders/runs.html", {"runs": with_progress(runs), "now": database_now()})


def with_progress(runs: list[Run]) -> list[Shown]:
    """Each with how far it is; one query whatever their number."""
    standings = totals.standings(run.fund_id for run in runs)
    return [Shown(run, Progress(run.fund, standings[run.fund_id])) for run in runs]


@require_safe
def run_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One batch: what a piece costs, how full it is, what decides."""
    run = get_object_or_404(Run.objects.with_names(), pk=run_id)
    return _show_run(request, run, UnitsForm(initial=_units_asked_for(request)))


def _units_asked_for(request: HttpRequest) -> dict[str, int]:
    """The number that somebody typed before they logged in."""
    form = UnitsForm(request.GET)
    return {"units": form.cleaned_data["units"]} if form.is_valid() else {}


def _show_run(request: HttpRequest, run: Run, form: UnitsForm) -> HttpResponse:
    with in_zone_for(request, run.facility.time_zone):
        return render(request, "orders/run.html", _run_context(request, run, form))


def _run_context(request: HttpRequest, run: Run, form: UnitsForm) -> dict[str, Any]:
    now = database_now()
    recipe = recipe_from_json(run.recipe)
    size = max(run.minimum_units, run.taken_units)
    sheet, fixed = costing.cost_sheet(recipe, size), quoting.fixed_price(run, recipe, size)
    return {
        "run": run,
        "progress": Progress(run.fund, totals.standing(run.fund_id)),
        "is_open": run.fund.takes_commitments(now) and run.left_units > 0,
        "lacking": run.lacking_units(),
        "form": form,
        "sheet": sheet,
        "size": size,
        "bare": Money(sheet.unit_minor, recipe.currency),
        "margin": Money(fixed.bare_minor - sheet.unit_minor, recipe.currency),
        "contingency": Money(fixed.unit_minor - fixed.bare_minor, recipe.currency),
        "unit": Money(fixed.unit_minor, recipe.currency),
        "ceiling": Money(run.ceiling_minor, recipe.currency),
        "charged": None if run.unit_price_minor is None else Money(run.unit_price_minor, recipe.currency),
        "compared": comparing.compare(run),
        "may_record": access.may_record(request.user, run.facility),
        "now": now,
    }


@require_safe
def run_statement(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The final bill: what arrived, what it cost with its evidence, what went back; adds up to zero."""
    run = get_object_or_404(Run.objects.with_names().prefetch_related("costs"), pk=run_id)
    costs = [(cost, Money(cost.amount_minor, run.fund.currency)) for cost in run.costs.all()]
    context = {
        "run": run,
        "statement": statement.statement(run.fund_id),
        "costs": costs,
        "whole": run.fund.money(sum(amount.minor for _cost, amount in costs)),
        "compared": comparing.compare(run),
    }
    return render(request, "orders/statement.html", context)


def make_quote(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Freeze a price for so many pieces and show it; what was typed stays when it cannot be."""
    if request.method != "POST":
        return redirect("orders:run", run_id)
    run = get_object_or_404(Run.objects.with_names(), pk=run_id)
    form = UnitsForm(request.POST)
    if not request.user.is_authenticated:
        # A log-in is followed by a GET: it leads back to the page, with the number filled in.
        asked = f"?{urlencode({'units': form.cleaned_data['units']})}" if form.is_valid() else ""
        return redirect_to_login(f"{run.get_absolute_url()}{asked}")
    if form.is_valid():
        try:
            made = quoting.quote(run=run, units=form.cleaned_data["units"], now=database_now())
        except ValidationError as refusal:
            form.add_error("units", refusal.messages)
        else:
            return redirect("orders:quote", made.pk)
    return _show_run(request, run, form)


@login_required
def quote_page(request: HttpRequest, quote_id: UUID) -> HttpResponse:
    """What one agrees to: every line of the price, the ceiling, the words; POST binds and goes to the card page."""
    quote = get_object_or_404(
        Quote.objects.select_related("run__fund__receiver", "run__facility", "run__revision__design"), pk=quote_id
    )
    now = database_now()
    order = Order.objects.filter(quote=quote).select_related("commitment").first()
    is_own = order is not None and order.member_id == request.user.pk
    # Accepted: what is left to do stands on the order's page. A second click of a double click goes on to the card.
    if order is not None and is_own and (request.method != "POST" or order.commitment.state != Commitment.State.DRAFT):
        return redirect(order)
    if request.method == "POST":
        return _bind(request, quote)
    lines = [(line, Money(line["amount_minor"], quote.currency)) for line in (*quote.lines["sheet"],)]
    context = {
        "quote": quote,
        "run": quote.run,
        "lines": lines,
        "whole": Money(sum(amount.minor for _line, amount in lines), quote.currency),
        "extras": [(line, Money(line["amount_minor"], quote.currency)) for line in quote.lines["order"]],
        "unit": Money(quote.lines["unit_minor"], quote.currency),
        "margin": Money(quote.lines["margin_minor"] * quote.units, quote.currency),
        "contingency": Money(quote.lines["contingency_minor"] * quote.units, quote.currency),
        "goods": Money(quote.lines["unit_minor"] * quote.units, quote.currency),
        "mandate": ordering.mandate(quote),
        "lacking": quote.run.lacking_units(quote.units),
        "is_over": now >= quote.expires_at,
        "is_taken": order is not None,
    }
    return render(request, "orders/quote.html", context)


def _bind(request: HttpRequest, quote: Quote) -> HttpResponse:
    own = request.build_absolute_uri(reverse("orders:order", args=[NOWHERE])).replace(NOWHERE, "{order}")
    now = database_now()
    try:
        order = ordering.place_order(
            quote=quote,
            accepted_from=address_of(request),
            success_url=f"{own}back/",
            cancel_url=own,
            organisation=acting(request).organisation,
            by=member_of(request),
            now=now,
        )
        return redirect(committing.open_card_page(order.commitment_id, now=now))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(quote.run)


@login_required
@require_safe
def order_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One's own order: the three moments of its price, how it stands, what one can do."""
    order = _own(request, order_id)
    commitment = order.commitment
    now = database_now()
    open_for_change = commitment.fund.state == Fund.State.OPEN and now < commitment.fund.deadline_at
    context = {
        "order": order,
        "commitment": commitment,
        "is_ready": order.run.state in (Run.State.MADE, Run.State.SETTLED)
        and commitment.state == Commitment.State.PAID,
        "now": now,
        "can_withdraw": commitment.state == Commitment.State.SECURED and open_for_change,
    }
    return render(request, "orders/order.html", context)


@login_required
@require_safe
def back(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Where the card page sends people."""
    order = _own(request, order_id)
    if committing.settle_draft(order.commitment_id, now=database_now()).state == Commitment.State.SECURED:
        messages.success(request, _("Thank you! Your card is saved and nothing is charged before the close."))
    return redirect(order)


@login_required
@require_POST
def continue_card(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """To the card page again, for an order that was not finished."""
    order = _own(request, order_id)
    try:
        return redirect(committing.open_card_page(order.commitment_id, now=database_now()))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(order)


@login_required
@require_POST
def withdraw(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Leave before the deadline."""
    order = _own(request, order_id)
    try:
        ordering.withdraw(order, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Your order has ended. Nothing was charged."))
    return redirect(order)


@login_required
def bench(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Where operators write down what a run took: what was planned to be confirmed or corrected, and what was not."""
    run, member = _at_the_bench(request, run_id)
    lines = planning.planned(run)
    data = request.POST if request.method == "POST" else None
    forms = [
        CostForm(run, member, data if data and data.get("row") == line.key else None, line=line, number=number)
        for number, line in enumerate(lines, start=1)
    ]
    other = CostForm(run, member, data if data and data.get("row") == "" else None)
    given = next((form for form in (*forms, other) if form.is_bound), None)
    if given is not None and given.is_valid() and _write_down(request, run, given):
        return redirect("orders:bench", run.pk)
    rows = [
        Row(line, form, Money(line.amount_minor, run.currency), _minor(line.written_minor, run))
        for line, form in zip(lines, forms, strict=True)
    ]
    context: dict[str, Any] = {
        "run": run,
        "rows": rows,
        "form": other,
        "size": planning.batch_size(run),
        "planned": Money(sum(line.amount_minor for line in lines), run.currency),
        "costs": [(cost, Money(cost.amount_minor, run.currency)) for cost in run.costs.select_related("worker")],
        "may_produce": access.may_produce(member, run.facility),
        "bill": _bill(run),
    }
    return render(request, "orders/bench.html", context)


class Row(NamedTuple):
    """A planned line at the bench."""

    line: planning.Planned
    form: CostForm
    amount: Money
    written: Money | None


def _at_the_bench(request: HttpRequest, run_id: UUID) -> tuple[Run, Member]:
    run, member = get_object_or_404(Run.objects.with_names(), pk=run_id), member_of(request)
    if not access.may_record(member, run.facility):
        raise PermissionDenied
    return run, member


def _write_down(request: HttpRequest, run: Run, form: CostForm) -> bool:
    """One cost; False when its form needs another look."""
    given = form.given
    try:
        cost = recording.record_cost(
            run=run,
            kind=given["kind"],
            label=given["label"],
            minutes=given["minutes"],
            amount_minor=given["amount"],
            amount_evidence=given["amount_evidence"],
            evidence=given["evidence"],
            worker=given["worker"],
            by=member_of(request),
            now=database_now(),
        )
    except ValidationError as refusal:
        form.add_error(None, refusal.messages)
        return False
    amount = written(Money(cost.amount_minor, run.currency))
    messages.success(
        request, _("Written down: %(what)s, %(amount)s.") % {"what": cost.get_kind_display(), "amount": amount}
    )
    return True


@login_required
def finish(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Ask before the batch is called made, then do it: everybody who paid is told."""
    run, member = _at_the_bench(request, run_id)
    if request.method == "POST":
        try:
            recording.finish(run, by=member, now=database_now())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("The batch is made. Now the final bill can go out."))
        return redirect("orders:bench", run.pk)
    if run.state != Run.State.RELEASED:
        return redirect("orders:bench", run.pk)
    people = [order for order, _back in settling.returns(run, 0)]
    context = {"run": run, "people": len(people), "units": sum(order.units for order in people), **_unwritten(run)}
    return render(request, "orders/finish.html", context)


@login_required
def settle(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Ask before the final bill goes out, with what everybody gets back, then do it."""
    run, member = _at_the_bench(request, run_id)
    if not access.may_produce(member, run.facility):
        raise PermissionDenied
    if request.method == "POST":
        form = SeenForm(request.POST)
        if not form.is_valid():
            return redirect("orders:settle", run.pk)
        try:
            settling.settle(run, by=member, now=database_now(), seen_minor=form.cleaned_data["seen"])
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("orders:settle" if refusal.code == "bill_changed" else "orders:bench", run.pk)
        messages.success(request, _("The final bill is out, and every cent has a name."))
        return redirect("orders:statement", run.pk)
    bill = _bill(run)
    if run.state != Run.State.MADE or bill is None:
        return redirect("orders:bench", run.pk)
    try:
        backs = settling.returns(run, max(0, bill["surplus"].minor))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("orders:bench", run.pk)
    context = {
        "run": run,
        "bill": bill,
        "backs": [(order, Money(back, run.currency)) for order, back in backs],
        "refunds": sum(1 for _order, back in backs if back),
        **_unwritten(run),
    }
    return render(request, "orders/settle.html", context)


def _unwritten(run: Run) -> dict[str, Any]:
    """Planned lines of which nothing is written down."""
    return {"unwritten": [line for line in planning.planned(run) if line.written_minor is None]}


def _bill(run: Run) -> dict[str, Money] | None:
    """What the final bill would say now; nothing before the go-ahead."""
    if run.state not in (Run.State.RELEASED, Run.State.MADE):
        return None
    result = settling.bill(run)
    minor = {
        "arrived": result.arrived_minor,
        "fees": result.fees_minor,
        "costs": result.costs_minor + result.tax_minor,
        "surplus": result.surplus_minor,
        "deficit": max(0, -result.surplus_minor),
    }
    return {name: Money(amount, run.currency) for name, amount in minor.items()}


def _minor(minor: int | None, run: Run) -> Money | None:
    return None if minor is None else Money(minor, run.currency)


def _own(request: HttpRequest, order_id: UUID) -> Order:
    orders = Order.objects.of_member(member_of(request)).select_related(
        *("run__revision__design", "run__facility", "run__fund", "quote"),
        *("commitment__fund", "commitment__card", "commitment__payment"),
    )
    return get_object_or_404(orders, pk=order_id)
