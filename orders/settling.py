"""The final bill: what it really cost, what everybody gets back, and a fund that stands at exactly zero."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from funding import locks, settling
from funding.models import Commitment
from funding.settling import Share
from members.models import Member
from members.moves import move_or_refuse
from orders import access, mailing
from orders.models import Cost, Order, Run
from payments.booking import Kind
from payments.models import Dispute, Payment
from payments.money import Money, split
from payments.refunding import request_refund
from products.costing import tax_minor

PURPOSE = "settlement"


@dataclass(frozen=True, slots=True)
class Bill:
    """Actual costs against what arrived, in minor units. A negative surplus is borne by the learning pot."""

    arrived_minor: int
    fees_minor: int
    costs_minor: int
    tax_minor: int

    @property
    def surplus_minor(self) -> int:
        return self.arrived_minor - self.fees_minor - self.costs_minor - self.tax_minor


def bill(run: Run) -> Bill:
    """How the run stands now, before anything is returned."""
    costs = sum(run.costs.exclude(kind=Cost.Kind.TAX).values_list("amount_minor", flat=True))
    fees = settling.fees(run.fund).minor
    return Bill(
        arrived_minor=settling.left(run.fund).minor + fees,
        fees_minor=fees,
        costs_minor=costs,
        tax_minor=tax_minor(costs, run.tax_percent),
    )


def returns(run: Run, surplus_minor: int) -> list[tuple[Order, int]]:
    """What of the surplus each paid order gets back, in minor units. Raises ValidationError (`nobody_to_return_to`)."""
    orders = list(
        Order.objects.filter(run=run, commitment__state=Commitment.State.PAID)
        .select_related("commitment__payment__credit_account__receiver")
        .order_by("pk")
    )
    weights = [_weight(order.commitment) for order in orders]
    if surplus_minor and not any(weights):
        raise ValidationError(_("There is nobody whom the rest could be returned to."), code="nobody_to_return_to")
    backs = split(surplus_minor, weights) if any(weights) else [0] * len(orders)
    return list(zip(orders, backs, strict=True))


def settle(run: Run, *, by: Member, now: datetime.datetime, seen_minor: int | None = None) -> Bill:
    """Return every surplus cent, name every other one, and close the run's account.

    The surplus goes back in proportion to what each order paid for its goods, by largest remainder. What the costs
    exceed is borne by the workshop's learning pot, never by a wage. `seen_minor` is the surplus that whoever sends the
    bill was shown.
    Raises ValidationError: `not_producer`, `costs_missing`, `bill_changed`, `state_changed`, and what
    `funding.settling.settle` refuses.
    """
    if not access.may_produce(by, run.facility):
        raise ValidationError(_("Only producers of this workshop settle a batch."), code="not_producer")
    with transaction.atomic():
        locks.hold_alone(run.fund_id)
        held = (
            Run.objects.select_for_update(no_key=True, of=("self",))
            .select_related("fund__account__receiver", "facility")
            .get(pk=run.pk)
        )
        if not held.costs.exists():
            raise ValidationError(_("Nothing is written down yet of what it cost."), code="costs_missing")
        result = bill(held)
        if seen_minor is not None and seen_minor != result.surplus_minor:
            raise ValidationError(
                _("The bill has changed since you looked at it. Look at it again before you send it."),
                code="bill_changed",
            )
        if result.tax_minor:
            _record_tax(held, result.tax_minor, by=by, now=now)
        _return_surplus(held, max(0, result.surplus_minor), now=now)
        settling.settle(held.fund_id, shares=_shares(held, result), by=by, now=now)
        move_or_refuse(held, Run.State.SETTLED, by=by, now=now, settled_at=now)
        mailing.billed(held)
    run.refresh_from_db()
    return result


def _record_tax(run: Run, amount_minor: int, *, by: Member, now: datetime.datetime) -> None:
    Cost.objects.create(
        run=run,
        kind=Cost.Kind.TAX,
        label=f"{run.tax_percent} %",
        amount_minor=amount_minor,
        evidence=_("computed from the costs"),
        recorded_by=by,
        recorded_at=now,
    )


def _return_surplus(run: Run, surplus_minor: int, *, now: datetime.datetime) -> None:
    for order, back in returns(run, surplus_minor):
        payment = order.commitment.payment
        if payment is None:
            continue
        if back:
            request_refund(payment=payment, amount=Money(back, payment.currency), purpose=PURPOSE, by=None, now=now)
        gone = payment.refunding_minor + _lost(payment) + back
        Order.objects.filter(pk=order.pk).update(actual_minor=max(0, payment.received_minor - gone))


def _weight(commitment: Commitment) -> int:
    """What an order paid for its goods; nothing for one whose payment went back, by hand or through a bank."""
    payment = commitment.payment
    gone = payment is None or payment.refunding_minor or _lost(payment)
    return 0 if gone else commitment.counted_minor or 0


def _lost(payment: Payment) -> int:
    """What its payer has back through their bank, in minor units."""
    lost = payment.disputes.filter(state=Dispute.State.LOST).aggregate(total=Sum("amount_minor"))["total"]
    return int(lost or 0)


def _shares(run: Run, result: Bill) -> list[Share]:
    """Each cost to whom it is owed; a deficit to the learning pot, with a minus."""
    owed: dict[UUID, tuple[str, int]] = {}
    for cost in run.costs.all():
        if cost.worker_id is not None:
            subject, name = cost.worker_id, pseudonym(run, cost.worker_id)
        else:
            # One account a kind of cost at this workshop.
            subject, name = uuid5(run.facility_id, cost.kind), str(Cost.Kind(cost.kind).label).capitalize()
        owed[subject] = (name, owed.get(subject, (name, 0))[1] + cost.amount_minor)
    parts = [Share(Kind.PAYABLE, subject, name, amount) for subject, (name, amount) in owed.items() if amount]
    if result.surplus_minor < 0:
        pot = _("Learning pot of %(workshop)s") % {"workshop": run.facility.name}
        parts.append(Share(Kind.ORGANISER, run.facility_id, pot[:120], result.surplus_minor))
    return parts


def pseudonym(run: Run, worker_id: UUID) -> str:
    """What the public account calls a worker: the same at one workshop, nothing that leads to the person."""
    digest = hashlib.sha256(f"{run.facility_id}:{worker_id}:{settings.SECRET_KEY}".encode()).hexdigest()
    return _("Work of person %(mark)s") % {"mark": digest[:4].upper()}
