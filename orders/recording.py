"""What a run really took: minutes, materials, invoices. Written down by who did it, never changed."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move_or_refuse
from orders import access, mailing
from orders.models import Cost, Run


def record_cost(
    *,
    run: Run,
    kind: str,
    label: str,
    amount_minor: int,
    evidence: str,
    by: Member,
    now: datetime.datetime,
    minutes: Decimal | None = None,
    worker: Member | None = None,
) -> Cost:
    """One actual cost; a correction is another one with a minus.

    Raises ValidationError: `not_operator`, `run_not_in_production`, `evidence_missing`, `amount_missing`,
    `worker_missing` (labour is owed to somebody).
    """
    if not access.may_record(by, run.facility):
        raise ValidationError(_("Only operators of this workshop write down costs."), code="not_operator")
    if not evidence.strip():
        raise ValidationError(_("Name the invoice, time log or meter that shows it."), code="evidence_missing")
    if not amount_minor:
        raise ValidationError(_("A cost of nothing is none."), code="amount_missing")
    if kind in (Cost.Kind.LABOUR, Cost.Kind.ORGANISING) and worker is None:
        raise ValidationError(_("Say whose work it was."), code="worker_missing")
    with transaction.atomic():
        # Settling takes the same row, so no cost slips in behind it.
        held = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
        if held.state not in (Run.State.RELEASED, Run.State.MADE):
            raise ValidationError(
                _("Costs are written down between the go-ahead and the final bill."), code="run_not_in_production"
            )
        cost = Cost(
            run=run,
            kind=kind,
            label=label,
            minutes=minutes,
            amount_minor=amount_minor,
            evidence=evidence,
            worker=worker,
            recorded_by=by,
            recorded_at=now,
        )
        cost.full_clean()
        cost.save(force_insert=True)
    return cost


def finish(run: Run, *, by: Member, now: datetime.datetime) -> None:
    """The batch is made. Raises ValidationError: `not_operator`, `state_changed`."""
    if not access.may_record(by, run.facility):
        raise ValidationError(_("Only operators of this workshop say that it is made."), code="not_operator")
    with transaction.atomic():
        move_or_refuse(run, Run.State.MADE, by=by, now=now)
        mailing.made(run)
