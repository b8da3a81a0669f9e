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
from funding.models import Fund
from funding.opening import WEEK_MINUTES, open_fund
from members import required
from members.models import Member
from members.moves import record
from orders import access, fixing
from orders.models import Run
from payments.connecting import receiver_of
from payments.models import Receiver
from payments.money import Money
from products import costing
from products.models import Revision
from products.pricing import recipe_for
from products.recipes import Recipe, recipe_to_json

# A curve over the whole range is computed for the ceiling: a larger run is opened as two.
LARGEST_RUN = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What opening a run would freeze; amounts per piece leave packing, tax and the card fee out."""

    receiver: Receiver
    recipe: Recipe
    smallest: Money
    ceiling: Money
    minimum: Money
    goal: Money


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

    What its fund must collect is what the smallest batch costs. Raises ValidationError: what `plan_run` and `open_fund`
    refuse.
    """
    plan = plan_run(
        revision=revision,
        facility=facility,
        minimum_units=minimum_units,
        maximum_units=maximum_units,
        terms=terms,
        by=by,
        now=now,
    )
    with transaction.atomic():
        run = Run(
            id=uuid7(),
            revision=revision,
            facility=facility,
            minimum_units=minimum_units,
            maximum_units=maximum_units,
            recipe=recipe_to_json(plan.recipe),
            ceiling_minor=plan.ceiling.minor,
            drop_margin_percent=terms.drop_margin_percent,
            packing_minor=terms.packing_minor,
            tax_percent=terms.tax_percent,
            fee_fraction=terms.fee_fraction,
            fee_fixed_minor=terms.fee_fixed_minor,
            opened_at=now,
        )
        run.fund = open_fund(
            receiver=plan.receiver,
            kind=Fund.Kind.ORDER,
            title=f"{revision.design.name}, {facility.name}"[:160],
            page_path=run.get_absolute_url(),
            minimum=plan.minimum,
            goal=plan.goal,
            deadline_at=deadline_at,
            fee_bearer=facility.organisation,
            window_minutes=window_minutes,
            by=by,
            now=now,
        )
        run.save(force_insert=True)
        record(run, "", run.state, by=by, now=now)
    return run


def plan_run(
    *,
    revision: Revision,
    facility: Facility,
    minimum_units: int,
    maximum_units: int,
    terms: Terms,
    by: Member,
    now: datetime.datetime,
) -> Plan:
    """What a run would freeze if it were opened now; changes nothing.

    Raises ValidationError: `not_producer`, `revision_not_released`, `units_wrong`, `terms_wrong`, `receiver_missing`, what
    `recipe_for` refuses and `members.required` finds missing.
    """
    if not access.may_produce(by, facility):
        raise ValidationError(_("Only producers of this workshop open a batch."), code="not_producer")
    if not revision.is_released:
        raise ValidationError(_("Only a released version can be made."), code="revision_not_released")
    check_terms(minimum_units, maximum_units, terms)
    receiver = receiver_of(facility.organisation)
    if receiver is None:
        raise ValidationError(_("This workshop cannot receive money yet."), code="receiver_missing")
    required.refuse_unlawful(facility.organisation, now=now)
    recipe = recipe_for(revision=revision, facility=facility, day=now.date())
    smallest = fixing.fix_price(
        recipe, ordered=minimum_units, minimum=minimum_units, drop_margin_percent=terms.drop_margin_percent
    )
    minor = (
        smallest.unit_minor,
        fixing.ceiling_minor(recipe, minimum_units, maximum_units),
        costing.total_minor(recipe, minimum_units),
        costing.total_minor(recipe, maximum_units),
    )
    return Plan(receiver, recipe, *(Money(amount, recipe.currency) for amount in minor))


def check_terms(minimum_units: int | None, maximum_units: int | None, terms: Terms) -> None:
    """Batches have pieces, percentages are percentages, and nothing that is added takes away; what is None is left out.

    Raises ValidationError by field: `units_wrong`, `terms_wrong`.
    """
    wrong = {}
    if minimum_units is not None and minimum_units < 1:
        wrong["minimum_units"] = ValidationError(_("A batch has at least one piece."), code="units_wrong")
    if maximum_units is not None and maximum_units > LARGEST_RUN:
        wrong["maximum_units"] = ValidationError(
            _("A batch has at most %(most)d pieces."), code="units_wrong", params={"most": LARGEST_RUN}
        )
    elif minimum_units is not None and maximum_units is not None and maximum_units < minimum_units:
        wrong["maximum_units"] = ValidationError(
            _("The largest batch cannot be below the smallest."), code="units_wrong"
        )
    bounds = {
        "drop_margin_percent": (0 <= terms.drop_margin_percent < 100, _("A percentage from 0 to below 100.")),
        "tax_percent": (0 <= terms.tax_percent <= 100, _("A percentage from 0 to 100.")),
        "fee_fraction": (0 <= terms.fee_fraction <= Decimal("0.2"), _("The card fee is from 0 to 20 %.")),
        "packing_minor": (terms.packing_minor >= 0, _("Nothing that is added takes away.")),
        "fee_fixed_minor": (terms.fee_fixed_minor >= 0, _("Nothing that is added takes away.")),
    }
    wrong |= {name: ValidationError(words, code="terms_wrong") for name, (sound, words) in bounds.items() if not sound}
    if wrong:
        raise ValidationError(wrong)
