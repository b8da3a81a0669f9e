"""Moving a state: compare-and-set, with the history row in the same transaction."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
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
    `row.MOVES` maps each state to those it may go to. Raises RuntimeError for a move that it does not list,
    which is a mistake in the code, never in the data.
    """
    model: Any = type(row)
    before: str = row.state  # type: ignore[attr-defined]
    if to not in model.MOVES[before]:
        raise RuntimeError(f"{model.__name__} does not move from {before} to {to}.")
    with transaction.atomic():
        if not model.objects.filter(pk=row.pk, state=before).update(state=to, **fields):
            return False
        record(row, before, to, by=by, now=now, why=why)
    row.state = to  # type: ignore[attr-defined]
    for name, value in fields.items():
        setattr(row, name, value)
    return True


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
    if to not in type(row).MOVES[row.state] or not move(row, to, by=by, now=now, why=why, **fields):  # type: ignore[attr-defined]
        raise ValidationError(
            _("This has changed in the meantime. Look at it again before you decide."), code="state_changed"
        )


def move_all(
    model: type[models.Model],
    ids: Sequence[UUID],
    before: str,
    to: str,
    *,
    by: Member | None,
    now: datetime.datetime,
    why: str = "",
    **fields: Any,
) -> list[UUID]:
    """Move every row of `ids` that is in state `before`; the ids of those that this call moved.

    One locking SELECT, one UPDATE and one INSERT whatever the number. Raises RuntimeError as `move` does.
    """
    if to not in model.MOVES[before]:  # type: ignore[attr-defined]
        raise RuntimeError(f"{model.__name__} does not move from {before} to {to}.")
    manager: Any = model._default_manager
    with transaction.atomic():
        moved: list[UUID] = list(
            manager.filter(pk__in=ids, state=before)
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk", flat=True)
        )
        manager.filter(pk__in=moved).update(state=to, **fields)
        Transition.objects.bulk_create(
            Transition(
                subject_model=model._meta.label,
                subject_id=pk,
                from_state=before,
                to_state=to,
                at=now,
                by=by,
                why=why,
            )
            for pk in moved
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
