"""Ordering from a run, and leaving it."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from uuid6 import uuid7

from funding import committing
from funding.models import Commitment, Fund
from members.models import Member, Organisation
from orders.models import Order, Quote, Run
from payments.writing import written

MANDATE_VERSION = "2026-11"

GONE = (
    Commitment.State.ABANDONED,
    Commitment.State.WITHDRAWN,
    Commitment.State.RELEASED,
    Commitment.State.DROPPED,
)


def mandate(quote: Quote) -> str:
    """What a consumer agrees to, in the words they read before the card page."""
    run = quote.run
    words = {
        "units": quote.units,
        "design": run.revision,
        "workshop": run.facility.name,
        "minimum": run.minimum_units,
        "ceiling": written(quote.ceiling),
    }
    return (
        ngettext(
            "I order %(units)d × %(design)s at cost from %(workshop)s. If at least %(minimum)d piece is ordered by the "
            "deadline, my saved card may be charged once, soon after it, with the price that the batch then has and "
            "never more than %(ceiling)s. When the real costs are in, what was too much comes back to the cent. Until "
            "the deadline I can withdraw.",
            "I order %(units)d × %(design)s at cost from %(workshop)s. If at least %(minimum)d pieces are ordered by "
            "the deadline, my saved card may be charged once, soon after it, with the price that the batch then has "
            "and never more than %(ceiling)s. When the real costs are in, what was too much comes back to the cent. "
            "Until the deadline I can withdraw.",
            run.minimum_units,
        )
        % words
    )


def place_order(
    *,
    quote: Quote,
    accepted_from: str | None,
    success_url: str,
    cancel_url: str,
    by: Member,
    now: datetime.datetime,
    organisation: Organisation | None = None,
) -> Order:
    """Accept a quote, to be secured by saving a card. Accepting it again gives the same order.

    `{order}` in a URL is filled in. Raises ValidationError: `quote_expired`, `run_closed`, `run_full`, `quote_taken`,
    `too_many_drafts`, `not_acting_for`.
    """
    with transaction.atomic():
        fund = _hold_open(quote.run, now=now)
        # The second click of a double click waits here for the first.
        quote = Quote.objects.select_for_update(no_key=True, of=("self",)).select_related("run").get(pk=quote.pk)
        earlier = Order.objects.filter(quote=quote).first()
        if earlier is not None:
            if earlier.member_id != by.pk:
                raise ValidationError(_("Somebody else has accepted this price."), code="quote_taken")
            return earlier
        if now >= quote.expires_at:
            raise ValidationError(_("This price has expired. Ask for a new one."), code="quote_expired")
        committing.refuse_hoarding(fund, by)
        _claim(quote.run, quote.units)
        order = Order(
            id=uuid7(), quote=quote, run=quote.run, member=by, units=quote.units, holds_units=True, created_at=now
        )
        order.commitment = committing.draft(
            fund=fund,
            member=by,
            organisation=organisation,
            maximum=quote.ceiling,
            title=_("%(units)d × %(design)s, order %(number)s")
            % {"units": quote.units, "design": quote.run.revision.design.name, "number": order.number},
            page_path=order.get_absolute_url(),
            mandate_version=MANDATE_VERSION,
            mandate_text=mandate(quote),
            accepted_from=accepted_from,
            success_url=success_url.replace("{order}", str(order.pk)),
            cancel_url=cancel_url.replace("{order}", str(order.pk)),
            by=by,
            now=now,
        )
        order.save(force_insert=True)
    return order


def withdraw(order: Order, *, by: Member, now: datetime.datetime) -> None:
    """Leave until the deadline; the pieces are free for others at once. One that was not finished is discarded.

    Raises ValidationError: `run_closed`, `state_changed`, and what `funding.committing.discard` raises.
    """
    unfinished = order.commitment.state == Commitment.State.DRAFT
    if unfinished:
        committing.discard(order.commitment_id, by=by, now=now)
    with transaction.atomic():
        fund = None if unfinished else _hold_open(order.run, now=now)
        locked = (
            Order.objects.select_for_update(no_key=True, of=("self",)).select_related("commitment").get(pk=order.pk)
        )
        if fund is not None:
            locked.commitment.fund = fund
            committing.withdraw(locked.commitment, by=by, now=now)
        _free(locked)
    order.refresh_from_db()


def free_lost_units(*, limit: int) -> int:
    """Free the pieces of orders that have ended; how many orders."""
    freed = 0
    for order in Order.objects.filter(holds_units=True, commitment__state__in=GONE).order_by("pk")[:limit]:
        with transaction.atomic():
            freed += _free(order)
    return freed


def _hold_open(run: Run, *, now: datetime.datetime) -> Fund:
    try:
        return committing.hold_open(run.fund_id, now=now)
    except ValidationError as refusal:
        raise ValidationError(
            _("This batch is closed: ordering and withdrawing have ended."), code="run_closed"
        ) from refusal


def _claim(run: Run, units: int) -> None:
    """Take places in the batch by one conditional UPDATE."""
    taken = Run.objects.filter(pk=run.pk, taken_units__lte=F("maximum_units") - units).update(
        taken_units=F("taken_units") + units
    )
    if not taken:
        raise ValidationError(_("This batch is full."), code="run_full")


def _free(order: Order) -> int:
    freed = Order.objects.filter(pk=order.pk, holds_units=True).update(holds_units=False)
    if freed:
        Run.objects.filter(pk=order.run_id).update(taken_units=F("taken_units") - order.units)
    return freed
