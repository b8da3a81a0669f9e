"""Drafting a version of a design and releasing it for good."""

from __future__ import annotations

import datetime
import hashlib

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from members.markdown import render
from members.models import Member
from products.licences import is_open
from products.models import Design, Revision, RevisionFile


def save_design(design: Design) -> None:
    """Keep a design, its story rendered. Raises ValidationError for fields that are wrong."""
    design.story_html = render(design.story)
    design.full_clean(exclude=["story_html"])
    design.save()


def attach_file(revision: Revision, *, name: str, content: bytes) -> RevisionFile:
    """Pin a file to a draft by its content. Raises ValidationError (`revision_released`)."""
    if revision.released_at is not None:
        raise ValidationError(_("A released version never changes."), code="revision_released")
    digest = hashlib.sha256(content).hexdigest()
    row = RevisionFile(revision=revision, name=name, sha256=digest, size_bytes=len(content))
    row.content.save(digest, ContentFile(content), save=False)
    row.save()
    return row


def release(revision: Revision, *, by: Member, now: datetime.datetime) -> None:
    """Make a draft an immutable version that can be ordered and promised.

    Raises ValidationError: `not_maintainer`, `licence_not_open`, `nothing_to_make`, `revision_released`.
    """
    if revision.design.maintainer_id != by.pk:
        raise ValidationError(_("Only its maintainer releases a design."), code="not_maintainer")
    if not is_open(revision.licence):
        raise ValidationError(
            _("“%(licence)s” is no open licence: anybody must be able to make, sell and change it."),
            code="licence_not_open",
            params={"licence": revision.licence or "–"},
        )
    with transaction.atomic():
        locked = Revision.objects.select_for_update(no_key=True).get(pk=revision.pk)
        if locked.released_at is not None:
            raise ValidationError(_("This version is released already."), code="revision_released")
        if not locked.bom.exists() or not locked.operations.exists():
            raise ValidationError(
                _("A version needs materials and a routing before it can be released."), code="nothing_to_make"
            )
        locked.released_at = now
        locked.save(update_fields=["released_at"])
    revision.released_at = now
