"""Releasing a version: from then on people may order it, and it never changes."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from facilities.processes import PROCESSES
from members import moves
from members.models import Member
from products import licences
from products.drafting import hold_draft
from products.models import Design, Revision


def release_revision(revision: Revision, *, by: Member | None, now: datetime.datetime) -> Revision:
    """Release a draft; its design enters the catalogue with it.

    Raises ValidationError with everything that is missing at once: `licence_not_open`, `bom_empty`, `routing_empty`,
    `process_unknown`, `number_not_higher`; alone `revision_released`.
    """
    with transaction.atomic():
        # Two versions of one design are released one after the other, so that their numbers can be compared.
        design = Design.objects.select_for_update(no_key=True).get(pk=revision.design_id)
        held = hold_draft(revision)
        missing = what_is_missing(held)
        if missing:
            raise ValidationError(missing)
        held.released_at, held.released_by = now, by
        held.save(update_fields=["released_at", "released_by"])
        if design.state != Design.State.RELEASED:
            moves.move_or_refuse(design, Design.State.RELEASED, by=by, now=now, why=held.number)
    return held


def what_is_missing(revision: Revision) -> list[ValidationError]:
    """Everything that keeps a draft from being released; nothing when it is ready."""
    missing = []
    if not licences.is_open(revision.licence):
        missing.append(
            ValidationError(
                _(
                    "“%(licence)s” is not an open licence known here. Choose one that lets anybody make, change and "
                    "sell it, such as CERN-OHL-S-2.0 or CC-BY-SA-4.0."
                )
                if revision.licence
                else _(
                    "No licence is named. Choose one that lets anybody make, change and sell it, such as "
                    "CERN-OHL-S-2.0 or CC-BY-SA-4.0."
                ),
                code="licence_not_open",
                params={"licence": revision.licence},
            )
        )
    if not revision.bom_lines.exists():
        missing.append(ValidationError(_("The list of materials is empty."), code="bom_empty"))
    processes = set(revision.operations.values_list("process", flat=True))
    if not processes:
        missing.append(ValidationError(_("The routing is empty: say how it is made."), code="routing_empty"))
    missing += [
        ValidationError(_("No process has the id “%(id)s”."), code="process_unknown", params={"id": process})
        for process in sorted(processes - PROCESSES.keys())
    ]
    earlier = Revision.objects.released().filter(design=revision.design_id)
    highest = max(earlier, key=lambda row: row.number_parts, default=None)
    if highest is not None and highest.number_parts >= revision.number_parts:
        missing.append(
            ValidationError(
                _("Version %(number)s does not come after %(highest)s, which is released."),
                code="number_not_higher",
                params={"number": revision.number, "highest": highest.number},
            )
        )
    return missing


def retire_design(design: Design, *, by: Member | None, now: datetime.datetime, why: str) -> None:
    """Take a design out of the catalogue; its versions stay readable. Raises `state_changed`."""
    moves.move_or_refuse(design, Design.State.RETIRED, by=by, now=now, why=why)
