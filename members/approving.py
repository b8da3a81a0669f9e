"""Two people for what cannot be undone: one asks, another with the right role agrees, once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.access import holds_role
from members.models import Approval, Member, Organisation
from members.moves import move, move_or_refuse, record

LIFETIME = datetime.timedelta(days=7)


def ask(
    *,
    what: str,
    subject_id: UUID,
    organisation: Organisation,
    why: str,
    by: Member,
    now: datetime.datetime,
    parameters: Mapping[str, Any] | None = None,
) -> Approval:
    """Ask for a second person. What waits already is not asked for twice, and what nobody answered in time is over."""
    with transaction.atomic():
        # Two who ask at once are one after the other, so that the second finds the first's.
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        earlier = Approval.objects.filter(what=what, subject_id=subject_id, state=Approval.State.OPEN).first()
        if earlier is not None and now < earlier.expires_at:
            return earlier
        if earlier is not None:
            move(earlier, Approval.State.EXPIRED, by=None, now=now, decided_at=now)
        row = Approval(
            organisation=organisation,
            what=what,
            subject_id=subject_id,
            parameters=dict(parameters or {}),
            why=why,
            asked_by=by,
            asked_at=now,
            expires_at=now + LIFETIME,
        )
        row.save(force_insert=True)
        record(row, "", row.state, by=by, now=now, why=why)
    return row


def waiting(what: str, subject_id: UUID, *, now: datetime.datetime) -> Approval | None:
    """What waits for a second person and has not expired."""
    rows = Approval.objects.filter(what=what, subject_id=subject_id, state=Approval.State.OPEN, expires_at__gt=now)
    return rows.select_related("asked_by", "organisation").first()


def approve(approval: Approval, *roles: str, by: Member, now: datetime.datetime) -> None:
    """The second person's yes; the caller does the deed in the same transaction, so that it is done once or not at all.

    `roles` are those that may agree; an administrator may too. Raises ValidationError: `second_person_needed`,
    `not_approver`, `approval_expired`, `state_changed`.
    """
    if approval.asked_by_id == by.pk:
        raise ValidationError(_("Somebody else has to approve what you asked for."), code="second_person_needed")
    _refuse_unless_approver(approval, *roles, by=by)
    if now >= approval.expires_at:
        raise ValidationError(_("Nobody agreed in time. Ask again."), code="approval_expired")
    move_or_refuse(approval, Approval.State.APPROVED, by=by, now=now, decided_by=by, decided_at=now)


def decline(approval: Approval, *roles: str, by: Member, now: datetime.datetime, why: str) -> None:
    """Somebody's no, the asker's own included. Raises ValidationError: `not_approver`, `state_changed`."""
    if approval.asked_by_id != by.pk:
        _refuse_unless_approver(approval, *roles, by=by)
    move_or_refuse(approval, Approval.State.DECLINED, by=by, now=now, why=why, decided_by=by, decided_at=now)


def _refuse_unless_approver(approval: Approval, *roles: str, by: Member) -> None:
    if not by.is_superuser and not holds_role(by, approval.organisation_id, *roles):
        raise ValidationError(_("Your role does not decide this."), code="not_approver")
