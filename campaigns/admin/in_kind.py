"""Offers in kind, in the admin: to be read; they are answered on the campaign's page of offers."""

from __future__ import annotations

from django.contrib import admin

from campaigns.models import InKind
from members.administering import ReadOnlyAdmin
from payments.administering import WithAmounts


@admin.register(InKind)
class InKindAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "campaign__facility__organisation"
    list_display = ("offered_at", "campaign", "kind", "title", "member", "state", "valued_minor")
    list_filter = ("state", "kind")
    list_select_related = ("campaign", "member")
    search_fields = ("title", "campaign__title")
    fields = (
        *("offered_at", "campaign", "member", "kind", "title", "text"),
        *("state", "valued_minor", "words", "decided_at"),
    )
