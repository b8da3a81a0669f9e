"""Moving a state: compare-and-set, with the history row in the same transaction."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from members.models import Member, Transition


def move(
    row: models.Model,
    to: str,
    *,
    by: Member | None,
    now: datetime.datetime,
    why: str = "",
    **fields: Any,
) -> bool:
    """Move `row` from the state it was read in to `to`, setting `fields` too; True when this call moved it.

    False means that somebody else moved it first: nothing was written and `row` is unchanged. A worker returns
    quietly then, a person's verb raises a refusal (see `move_or_refuse`).
    `row.MOVES` maps each state to those it may go to; `row.STATE_FIELD` names its column where that is not `state`.
    Raises RuntimeError for a move that `MOVES` does not list, which is a mistake in the code, never in the data.
    """
    model: Any = type(row)
    column = _column(row)
    before: str = getattr(row, column)
    if to not in model.MOVES[before]:
        raise RuntimeError(f"{model.__name__} does not move from {before} to {to}.")
    with transaction.atomic():
        if not model.objects.filter(pk=row.pk, **{column: before}).update(**{column: to}, **fields):
            return False
        record(row, before, to, by=by, now=now, why=why)
    setattr(row, column, to)
    for name, value in fields.items():
        setattr(row, name, value)
    return True


def _column(row: models.Model) -> str:
    return getattr(row, "STATE_FIELD", "state")


def move_or_refuse(
    row: models.Model,
    to: str,
    *,
    by: Member | None,
    now: datetime.datetime,
    why: str = "",
    **fields: Any,
) -> None:
    """`move`, for a person's verb. Raises ValidationError (`state_changed`) when the state is not the one read."""
    moves: dict[str, tuple[str, ...]] = type(row).MOVES  # type: ignore[attr-defined]
    if to not in moves[getattr(row, _column(row))] or not move(row, to, by=by, now=now, why=why, **fields):
        raise ValidationError(
            _("This has changed in the meantime. Look at it again before you decide."), code="state_changed"
        )


def move_all(
    rows: models.QuerySet[Any],
    before: str,
    to: str,
    *,
    by: Member | None,
    now: datetime.datetime,
    why: str = "",
    **fields: Any,
) -> list[UUID]:
    """Move every row of `rows` that is in state `before`, setting `fields` too; the ids of those that this call moved.

    One SELECT that locks in order, one UPDATE and one INSERT whatever the number. Raises RuntimeError as `move` does.
    """
    model: Any = rows.model
    if to not in model.MOVES[before]:
        raise RuntimeError(f"{model.__name__} does not move from {before} to {to}.")
    with transaction.atomic():
        locked = rows.filter(state=before).order_by("pk").select_for_update(no_key=True)
        moved: list[UUID] = list(locked.values_list("pk", flat=True))
        model.objects.filter(pk__in=moved).update(state=to, **fields)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO members_transition (subject_model, subject_id, from_state, to_state, at, by_id, why)
                SELECT %s, id, %s, %s, %s, %s, %s FROM unnest(%s::uuid[]) AS moved (id)
                """,
                [model._meta.label, before, to, now, by.pk if by else None, why, moved],
            )
    return moved


def record(
    row: models.Model, before: str, to: str, *, by: Member | None, now: datetime.datetime, why: str = ""
) -> None:
    """Write the history row alone, for a row that is created in the state `to` (`before` is then empty)."""
    Transition.objects.create(
        subject_model=row._meta.label,
        subject_id=row.pk,
        from_state=before,
        to_state=to,
        at=now,
        by=by,
        why=why,
    )
