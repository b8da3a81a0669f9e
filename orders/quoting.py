"""A price for a consumer: what it would cost, and what it can never exceed."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from funding.models import Fund
from orders import fixing
from orders.fixing import FixedPrice
from orders.models import Quote, Run
from products import costing
from products.costing import CostLine, OrderPrice, OrderTerms
from products.recipes import Recipe, recipe_from_json

LIFETIME = datetime.timedelta(days=2)


def terms_of(run: Run) -> OrderTerms:
    """What an order of this run adds to its goods."""
    return OrderTerms(
        packing_minor=run.packing_minor,
        tax_percent=run.tax_percent,
        fee_fraction=run.fee_fraction,
        fee_fixed_minor=run.fee_fixed_minor,
    )


def price(run: Run, units: int, unit_minor: int) -> OrderPrice:
    """What an order of `units` at a unit price is charged, with packing, tax and the processor's fee."""
    return costing.order_price(units * unit_minor, terms_of(run))


def fixed_price(run: Run, recipe: Recipe, ordered: int) -> FixedPrice:
    """What a piece is charged when the run closes with so many ordered: the one price of every page and of the close."""
    return fixing.fix_price(
        recipe, ordered=max(1, ordered), minimum=run.minimum_units, drop_margin_percent=run.drop_margin_percent
    )


def quote(*, run: Run, units: int, now: datetime.datetime) -> Quote:
    """A frozen price for `units` of a run that still takes orders.

    Offered is what would be charged if nobody else joined or left; the ceiling is what can never be exceeded.
    Raises ValidationError: `run_closed`, `units_wrong`, `run_full`.
    """
    if run.state != Run.State.OPEN or run.fund.state != Fund.State.OPEN or now >= run.fund.deadline_at:
        raise ValidationError(_("This batch takes no more orders."), code="run_closed")
    if units < 1:
        raise ValidationError(_("Order at least one piece."), code="units_wrong")
    if units > run.left_units:
        raise ValidationError(
            _("Only %(left)d more fit into this batch."), code="run_full", params={"left": run.left_units}
        )
    recipe = recipe_from_json(run.recipe)
    sheet = costing.cost_sheet(recipe, max(run.minimum_units, run.taken_units + units))
    fixed = fixed_price(run, recipe, run.taken_units + units)
    offered = price(run, units, fixed.unit_minor)
    made = Quote(
        run=run,
        units=units,
        currency=recipe.currency,
        lines={
            "batch": sheet.quantity,
            "sheet": [_plain(line) for line in sheet.lines],
            "unit_minor": sheet.unit_minor,
            "margin_minor": fixed.bare_minor - sheet.unit_minor,
            "contingency_minor": fixed.unit_minor - fixed.bare_minor,
            "order": [_plain(line) for line in offered.lines],
        },
        offered_minor=offered.gross_minor,
        ceiling_minor=price(run, units, run.ceiling_minor).gross_minor,
        quoted_at=now,
        expires_at=min(now + LIFETIME, run.fund.deadline_at),
    )
    made.save(force_insert=True)
    return made


def _plain(line: CostLine) -> dict[str, Any]:
    values = line._asdict()
    return {
        name: value if isinstance(value, int) else str(value) for name, value in values.items() if name != "sources"
    } | {"sources": list(line.sources)}
