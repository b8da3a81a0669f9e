"""Writing and publishing what this installation says in law."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from members.markdown import render
from members.models import LegalText, Member
from members.moves import record


def save_text(text: LegalText) -> None:
    """Keep a draft, rendered. Raises ValidationError (`text_published`)."""
    text.text_html = render(text.text)
    with transaction.atomic():
        _refuse_published(text)
        text.save()


def discard_text(text: LegalText) -> None:
    """Forget a draft. Raises ValidationError (`text_published`)."""
    with transaction.atomic():
        _refuse_published(text)
        text.delete()


def publish_text(text: LegalText, *, by: Member | None, now: datetime.datetime) -> None:
    """Give a draft its number; from the moment that it names on, it binds instead of the one before.

    Raises ValidationError: `text_published`, `effective_in_the_past`, `state_changed` (two were published at once).
    """
    if text.effective_at is not None and text.effective_at < now:
        raise ValidationError(_("Nothing binds before it can be read."), code="effective_in_the_past")
    try:
        with transaction.atomic():
            _refuse_published(text)
            last = LegalText.objects.filter(kind=text.kind).aggregate(last=Max("version"))["last"] or 0
            text.version, text.published_at, text.effective_at = last + 1, now, text.effective_at or now
            text.save(update_fields=["version", "published_at", "effective_at"])
            record(text, "draft", "published", by=by, now=now, why=f"{text.get_kind_display()} {text.version}")
    except IntegrityError as raced:
        raise ValidationError(
            _("Another version was published at the same moment. Look at it first."), code="state_changed"
        ) from raced


def _refuse_published(text: LegalText) -> None:
    kept = LegalText.objects.select_for_update(no_key=True).filter(pk=text.pk).first()
    if kept is not None and kept.published_at is not None:
        raise ValidationError(
            _("What was published stays as it is: people agreed to it. Write a new version."), code="text_published"
        )
