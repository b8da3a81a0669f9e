"""Opening a run: a producer offers a batch of a design at a workshop."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from uuid6 import uuid7

from facilities.models import Facility
from funding.opening import WEEK_MINUTES, open_fund
from members.models import Member
from members.moves import record
from orders import access, fixing
from orders.models import Run
from payments.connecting import receiver_of
from payments.money import Money
from products import costing
from products.models import Revision
from products.pricing import recipe_for
from products.recipes import recipe_to_json

# A curve over the whole range is computed for the ceiling: a larger run is opened as two.
LARGEST_RUN = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a run adds to its goods, and how sure it wants to be; percentages and minor units."""

    drop_margin_percent: Decimal = Decimal(10)
    packing_minor: int = 0
    tax_percent: Decimal = Decimal(0)
    fee_fraction: Decimal = Decimal(0)
    fee_fixed_minor: int = 0


def open_run(
    *,
    revision: Revision,
    facility: Facility,
    minimum_units: int,
    maximum_units: int,
    deadline_at: datetime.datetime,
    terms: Terms,
    by: Member,
    now: datetime.datetime,
    window_minutes: int = WEEK_MINUTES,
) -> Run:
    """A run that takes orders until `deadline_at`; its recipe and its terms are frozen now.

    What its fund must collect is what the smallest batch costs. Raises ValidationError: `not_producer`,
    `revision_not_released`, `units_wrong`, `terms_wrong`, `receiver_missing`, what `recipe_for` and `open_fund` refuse.
    """
    if not access.may_produce(by, facility):
        raise ValidationError(_("Only producers of this workshop open a batch."), code="not_producer")
    if not revision.is_released:
        raise ValidationError(_("Only a released version can be made."), code="revision_not_released")
    if not 1 <= minimum_units <= maximum_units <= LARGEST_RUN:
        raise ValidationError(
            _("A batch has at least one piece and at most %(most)d; the smallest is not above the largest."),
            code="units_wrong",
            params={"most": LARGEST_RUN},
        )
    _check_terms(terms)
    receiver = receiver_of(facility.organisation)
    if receiver is None:
        raise ValidationError(_("This workshop cannot receive money yet."), code="receiver_missing")
    recipe = recipe_for(revision=revision, facility=facility, day=now.date())
    with transaction.atomic():
        run = Run(
            id=uuid7(),
            revision=revision,
            facility=facility,
            minimum_units=minimum_units,
            maximum_units=maximum_units,
            recipe=recipe_to_json(recipe),
            ceiling_minor=fixing.ceiling_minor(recipe, minimum_units, maximum_units),
            drop_margin_percent=terms.drop_margin_percent,
            packing_minor=terms.packing_minor,
            tax_percent=terms.tax_percent,
            fee_fraction=terms.fee_fraction,
            fee_fixed_minor=terms.fee_fixed_minor,
            opened_at=now,
        )
        run.fund = open_fund(
            receiver=receiver,
            title=f"{revision.design.name}, {facility.name}"[:160],
            page_path=run.get_absolute_url(),
            minimum=Money(costing.total_minor(recipe, minimum_units), recipe.currency),
            goal=Money(costing.total_minor(recipe, maximum_units), recipe.currency),
            deadline_at=deadline_at,
            fee_bearer=facility.organisation,
            window_minutes=window_minutes,
            by=by,
            now=now,
        )
        run.save(force_insert=True)
        record(run, "", run.state, by=by, now=now)
    return run


def _check_terms(terms: Terms) -> None:
    """Percentages are percentages, and nothing that is added takes away."""
    sound = (
        0 <= terms.drop_margin_percent < 100
        and 0 <= terms.tax_percent <= 100
        and 0 <= terms.fee_fraction <= Decimal("0.2")
        and terms.packing_minor >= 0
        and terms.fee_fixed_minor >= 0
    )
    if not sound:
        raise ValidationError(
            _("The margin and the tax are percentages from 0 to 100, the card fee a fraction up to 0.2, none below 0."),
            code="terms_wrong",
        )
