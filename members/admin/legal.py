"""Imprint, terms and privacy notice in the admin: drafted, then published for good. For administrators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from members import publishing
from members.administering import ScopedAdmin, Verb
from members.clock import database_now
from members.models import Acceptance, LegalText, Member
from members.requests import member_of
from members.templatetags.moments import moment


def _publish(text: LegalText, by: Member, why: str) -> None:
    publishing.publish_text(text, by=by, now=database_now())


def _what_publishing_does(text: LegalText) -> str:
    since = moment(text.effective_at) if text.effective_at else _text("now")
    words = _text("Everybody can read it. It binds from %(since)s on and stays as it is.") % {"since": since}
    if text.kind == LegalText.Kind.TERMS:
        words += " " + _text("Every member is asked to agree to it before they go on.")
    return words


def _discard(text: LegalText, by: Member, why: str) -> None:
    publishing.discard_text(text)


class ForAdministrators(ScopedAdmin):
    """Of the whole installation."""

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = ModelAdmin.get_queryset(self, request)
        return rows if member_of(request).is_superuser else rows.none()

    def _holds(self, request: HttpRequest, row: Any, roles: Sequence[str]) -> bool:
        return isinstance(request.user, Member) and request.user.is_active and request.user.is_superuser


@admin.register(LegalText)
class LegalTextAdmin(ForAdministrators):
    list_display = ("kind", "version", "effective_at", "published_at")
    list_filter = ("kind",)
    fields = ("kind", "effective_at", "text")
    verbs = {  # noqa: RUF012
        "publish": Verb(_("Publish"), _what_publishing_does, _publish, offered=lambda row: row.published_at is None),
        "discard": Verb(
            _("Delete the draft"),
            _("It was never public. This cannot be undone."),
            _discard,
            ends_row=True,
            offered=lambda row: row.published_at is None,
        ),
    }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)

    def save_model(self, request: HttpRequest, obj: LegalText, form: Any, change: bool) -> None:
        publishing.save_text(obj)


@admin.register(Acceptance)
class AcceptanceAdmin(ForAdministrators):
    list_display = ("member", "text", "accepted_at")
    list_select_related = ("member", "text")
    search_fields = ("member__email",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
