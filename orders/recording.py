"""What a run really took: minutes, materials, invoices. Written down by who did it, never changed."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move_or_refuse
from orders import access, mailing, planning
from orders.models import Cost, Run
from payments.money import Money
from payments.writing import written


def record_cost(
    *,
    run: Run,
    kind: str,
    label: str,
    amount_minor: int | None,
    evidence: str,
    by: Member,
    now: datetime.datetime,
    minutes: Decimal | None = None,
    amount_evidence: str = "",
    worker: Member | None = None,
) -> Cost:
    """One actual cost; a correction is another one with a minus, and never takes away more than is there.

    Minutes make the amount, at the rate frozen with the batch; another amount needs `amount_evidence` of its own.
    Work is somebody's minutes, shown by a time log.
    Raises ValidationError: `not_operator`, `run_not_in_production`, `evidence_missing`, `amount_missing`,
    `amount_unproved`, `signs_differ`, `correction_too_large`; of work `worker_missing`, `minutes_missing`,
    `time_log_missing`.
    """
    if not access.may_record(by, run.facility):
        raise ValidationError(_("Only operators of this workshop write down costs."), code="not_operator")
    if kind in Cost.WORK:
        _check_work(minutes, evidence, worker)
    elif not evidence.strip():
        raise ValidationError(_("Name the invoice, time log or meter that shows it."), code="evidence_missing")
    amount_minor, evidence = _amount_of(run, kind, label, minutes, amount_minor, evidence, amount_evidence)
    with transaction.atomic():
        # Settling takes the same row, so no cost slips in behind it.
        held = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
        if held.state not in (Run.State.RELEASED, Run.State.MADE):
            raise ValidationError(
                _("Costs are written down between the go-ahead and the final bill."), code="run_not_in_production"
            )
        _refuse_too_large(held, kind, worker, amount_minor)
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


def _check_work(minutes: Decimal | None, evidence: str, worker: Member | None) -> None:
    if worker is None:
        raise ValidationError(_("Say whose work it was."), code="worker_missing")
    if not minutes:
        raise ValidationError(_("Work is written down in minutes: say how many."), code="minutes_missing")
    if not evidence.strip():
        raise ValidationError(_("Name the time log that shows these minutes."), code="time_log_missing")


def _amount_of(
    run: Run,
    kind: str,
    label: str,
    minutes: Decimal | None,
    amount_minor: int | None,
    evidence: str,
    amount_evidence: str,
) -> tuple[int, str]:
    """The amount, worked out from the minutes where it is not given, and all of its evidence."""
    worked_out = planning.worked_out_minor(run, kind=kind, label=label, minutes=minutes)
    if amount_minor is None:
        amount_minor = worked_out
    if not amount_minor:
        raise ValidationError(_("A cost of nothing is none: give an amount."), code="amount_missing")
    if minutes and (minutes < 0) != (amount_minor < 0):
        raise ValidationError(_("A correction takes away both minutes and money, or adds both."), code="signs_differ")
    if worked_out is None or amount_minor == worked_out:
        return amount_minor, evidence
    if not amount_evidence.strip():
        raise ValidationError(
            _("At this batch's rate the minutes make %(amount)s. Another amount needs evidence of its own."),
            code="amount_unproved",
            params={"amount": written(Money(worked_out, run.currency))},
        )
    return amount_minor, f"{evidence}; {amount_evidence}"


def _refuse_too_large(held: Run, kind: str, worker: Member | None, amount_minor: int) -> None:
    """What is owed for a kind of cost, or to a person, is never less than nothing; under the run's lock."""
    if amount_minor >= 0:
        return
    stands = held.costs.filter(kind=kind, worker=worker).aggregate(total=Sum("amount_minor"))["total"] or 0
    if stands + amount_minor < 0:
        raise ValidationError(
            _("Of this kind and person only %(stands)s is written down: a correction takes away no more."),
            code="correction_too_large",
            params={"stands": written(Money(int(stands), held.currency))},
        )


def finish(run: Run, *, by: Member, now: datetime.datetime) -> None:
    """The batch is made. Raises ValidationError: `not_operator`, `state_changed`."""
    if not access.may_record(by, run.facility):
        raise ValidationError(_("Only operators of this workshop say that it is made."), code="not_operator")
    with transaction.atomic():
        move_or_refuse(run, Run.State.MADE, by=by, now=now)
        mailing.made(run)
