"""The batches of the demonstration, ordered from through the front door."""

from __future__ import annotations

import datetime
from decimal import Decimal

from csm.demo.fundraising import OK, save_card
from facilities.models import Facility
from members.clock import database_now
from members.models import Member
from orders import opening, ordering, quoting
from orders.models import Run
from products.models import Revision


def batch(
    revision: Revision,
    facility: Facility,
    by: Member,
    *,
    units: tuple[int, int],
    closes_in: datetime.timedelta,
    window_minutes: int,
) -> Run:
    """A batch of at least and at most `units`, with packing and the fee of a European card."""
    now = database_now()
    terms = opening.Terms(packing_minor=180, fee_fraction=Decimal("0.015"), fee_fixed_minor=25)
    return opening.open_run(
        revision=revision,
        facility=facility,
        minimum_units=units[0],
        maximum_units=units[1],
        deadline_at=now + closes_in,
        window_minutes=window_minutes,
        terms=terms,
        by=by,
        now=now,
    )


def order(run: Run, member: Member, units: int, number: str = OK) -> None:
    """One member's order, with a card saved on the hosted page."""
    now = database_now()
    quote = quoting.quote(run=run, units=units, now=now)
    made = ordering.place_order(
        quote=quote,
        accepted_from="127.0.0.1",
        success_url="http://127.0.0.1/",
        cancel_url="http://127.0.0.1/",
        by=member,
        now=now,
    )
    save_card(made.commitment_id, member, number)
