"""Drafting a design and its next version: material list, routing, files, build steps. Nothing of it binds anybody yet.

A part of a version is written whole: what is handed in replaces what was there.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from uuid6 import uuid7

from facilities.models import MaterialKind
from members.markdown import render
from members.models import Member, Organisation
from members.moves import record
from products.models import BomLine, BuildStep, Design, Operation, Revision, RevisionFile

MAX_FILE_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So much of a material in each piece, in the kind's unit; attrition is a fraction, set-up is per batch."""

    kind: MaterialKind
    quantity: Decimal
    purpose: str = ""
    attrition: Decimal = Decimal(0)
    setup_quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An operation. Set-up once per batch; cycle (machine) and attendance (person) each cycle; in minutes."""

    process: str
    title: str
    setup_minutes: Decimal = Decimal(0)
    cycle_minutes: Decimal = Decimal(0)
    attendance_minutes: Decimal = Decimal(0)
    pieces_per_cycle: int = 1
    yield_fraction: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A build step; the text is Markdown."""

    title: str
    text: str = ""


def start_design(
    *,
    name: str,
    slug: str,
    summary: str,
    story: str = "",
    maintainer: Organisation | Member,
    now: datetime.datetime,
) -> Design:
    """A new design, seen by its maintainer alone until a version is released."""
    design = Design(
        name=name,
        slug=slug,
        summary=summary,
        story=story,
        maintainer_organisation=maintainer if isinstance(maintainer, Organisation) else None,
        maintainer_member=maintainer if isinstance(maintainer, Member) else None,
        created_at=now,
    )
    return save_design(design)


def save_design(design: Design) -> Design:
    """Check a design's own fields, render its story, and keep it."""
    design.story_html = render(design.story)
    design.full_clean()
    design.save()
    return design


def draft_revision(
    *,
    design: Design,
    number: str,
    licence: str = "",
    changelog: str = "",
    after: Revision | None = None,
    by: Member | None,
    now: datetime.datetime,
) -> Revision:
    """The draft of the next version; with `after`, everything of that version to begin from.

    Raises ValidationError (`number_malformed`, or Django's when the number is taken).
    """
    revision = Revision(
        design=design,
        number=number,
        licence=licence or (after.licence if after else ""),
        changelog=changelog,
        created_at=now,
        created_by=by,
    )
    revision.full_clean()
    with transaction.atomic():
        revision.save()
        if after is not None:
            _copy_parts(after, revision)
    return revision


def describe_revision(revision: Revision, *, licence: str, changelog: str) -> Revision:
    """Name the licence (an SPDX id) and what changed. Raises `revision_released`."""
    with transaction.atomic():
        draft = hold_draft(revision)
        draft.licence, draft.changelog = licence, changelog
        draft.full_clean()
        draft.save()
    return draft


def write_bom(revision: Revision, *, needs: Sequence[Need]) -> list[BomLine]:
    """Which materials a piece needs, each once.

    Raises ValidationError: `revision_released`, `material_twice`, `line_invalid` naming the line that is wrong.
    """
    kinds = [need.kind.pk for need in needs]
    for need in needs:
        if kinds.count(need.kind.pk) > 1:
            raise ValidationError(
                _("%(material)s is listed twice. Add the quantities up in one line, so that packs are shared."),
                code="material_twice",
                params={"material": need.kind.name},
            )
    lines = [
        BomLine(
            revision=revision,
            position=position,
            kind=need.kind,
            purpose=need.purpose,
            quantity=need.quantity,
            attrition=need.attrition,
            setup_quantity=need.setup_quantity,
        )
        for position, need in enumerate(needs, start=1)
    ]
    _check(lines)
    with transaction.atomic():
        hold_draft(revision)
        revision.bom_lines.all().delete()
        return BomLine.objects.bulk_create(lines)


def write_routing(revision: Revision, *, steps: Sequence[Step]) -> list[Operation]:
    """How a piece is made, in order. Raises `revision_released`, and `line_invalid` naming the step that is wrong."""
    operations = [
        Operation(
            revision=revision,
            position=position,
            process=step.process,
            title=step.title,
            setup_minutes=step.setup_minutes,
            cycle_minutes=step.cycle_minutes,
            attendance_minutes=step.attendance_minutes,
            pieces_per_cycle=step.pieces_per_cycle,
            yield_fraction=step.yield_fraction,
        )
        for position, step in enumerate(steps, start=1)
    ]
    _check(operations)
    with transaction.atomic():
        hold_draft(revision)
        revision.operations.all().delete()
        return Operation.objects.bulk_create(operations)


def write_instructions(revision: Revision, *, instructions: Sequence[Instruction]) -> list[BuildStep]:
    """How it is put together, in order. Raises `revision_released`."""
    steps = [
        BuildStep(
            revision=revision,
            position=position,
            title=instruction.title,
            text=instruction.text,
            text_html=render(instruction.text),
        )
        for position, instruction in enumerate(instructions, start=1)
    ]
    _check(steps)
    with transaction.atomic():
        hold_draft(revision)
        revision.steps.all().delete()
        return BuildStep.objects.bulk_create(steps)


def attach_file(revision: Revision, *, name: str, content: File[bytes]) -> RevisionFile:
    """Keep a file with the version, under its SHA-256; one of the same name is replaced.

    Raises ValidationError: `file_name_malformed`, `file_empty`, `file_too_large` (64 MiB), `revision_released`.
    """
    # What cannot be printed turns the direction of the letters around it, or hides how a name ends.
    if (
        not name.isprintable()
        or not 1 <= len(name) <= 120
        or name.startswith(".")
        or any(char in '/\\"' for char in name)
    ):
        raise ValidationError(
            _("A file name has 1 to 120 characters, no slashes or quotes, and does not begin with a dot."),
            code="file_name_malformed",
        )
    sha256, size = _digest(content)
    file = RevisionFile(revision=revision, name=name, size_bytes=size, sha256=sha256)
    _store(file, content)
    with transaction.atomic():
        hold_draft(revision)
        revision.files.filter(name=name).delete()
        file.save(force_insert=True)
    return file


def remove_file(file: RevisionFile) -> None:
    """Take a file out of a draft. Its stored content stays: other versions may hold it. Raises `revision_released`."""
    with transaction.atomic():
        hold_draft(file.revision)
        file.delete()


def hold_draft(revision: Revision) -> Revision:
    """The version as it is now, locked until the transaction ends. Raises `revision_released` when it is no draft."""
    held = Revision.objects.select_for_update(no_key=True, of=("self",)).select_related("design").get(pk=revision.pk)
    if held.is_released:
        raise ValidationError(
            _("Version %(number)s is released and never changes. Draft the next one."),
            code="revision_released",
            params={"number": held.number},
        )
    return held


def discard_revision(revision: Revision, *, by: Member, now: datetime.datetime) -> None:
    """Forget a draft with its parts; stored files stay, other versions may hold them.

    Raises ValidationError: `revision_released`, `revision_in_use` (something else refers to it).
    """
    with transaction.atomic():
        held = hold_draft(revision)
        for parts in (held.bom_lines, held.operations, held.files, held.steps):
            parts.all().delete()
        record(held, "draft", "discarded", by=by, now=now, why=str(held))
        _delete(held)


def discard_design(design: Design, *, by: Member, now: datetime.datetime) -> None:
    """Forget a design of which nothing was ever released, with its drafts.

    Raises ValidationError: `design_released`, and what `discard_revision` refuses.
    """
    with transaction.atomic():
        held = Design.objects.select_for_update(no_key=True).get(pk=design.pk)
        if held.state != Design.State.DRAFT:
            raise ValidationError(_("A released design stays: people may have built it."), code="design_released")
        for revision in held.revisions.all():
            discard_revision(revision, by=by, now=now)
        record(held, held.state, "discarded", by=by, now=now, why=held.name)
        _delete(held)


def _delete(row: Design | Revision) -> None:
    try:
        row.delete()
    except ProtectedError as error:
        raise ValidationError(_("Something else refers to it already."), code="revision_in_use") from error


def _check(rows: Sequence[BomLine] | Sequence[Operation] | Sequence[BuildStep]) -> None:
    for row in rows:
        try:
            row.full_clean(exclude=["revision"], validate_unique=False)
        except ValidationError as error:
            where = _("Line %(position)d") % {"position": row.position}
            raise ValidationError(
                [
                    ValidationError(f"{where}, {field}: {message}", code="line_invalid")
                    for field, messages in error.message_dict.items()
                    for message in messages
                ]
            ) from error


def _copy_parts(source: Revision, target: Revision) -> None:
    parts: tuple[Any, ...] = (BomLine, Operation, RevisionFile, BuildStep)
    for part in parts:
        rows = list(part.objects.filter(revision=source))
        for row in rows:
            row.pk, row.revision = uuid7(), target
        part.objects.bulk_create(rows)


def _digest(content: File[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in content.chunks(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > MAX_FILE_BYTES:
            raise ValidationError(_("A file has at most 64 MiB."), code="file_too_large")
    if not size:
        raise ValidationError(_("The file is empty."), code="file_empty")
    return digest.hexdigest(), size


def _store(file: RevisionFile, content: File[bytes]) -> None:
    path = file.storage_path
    if default_storage.exists(path):
        if default_storage.size(path) == file.size_bytes:
            return
        default_storage.delete(path)  # torn: written when the power went
    content.seek(0)
    kept = default_storage.save(path, content)
    if kept != path:  # somebody stored the same content at the same moment
        default_storage.delete(kept)
