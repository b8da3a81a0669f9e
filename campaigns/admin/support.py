"""Who supports a campaign, in the admin: to be read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns import choosing
from campaigns.models import Pledge, PledgeQuerySet
from funding.admin import WithPromise
from members.administering import ReadOnlyAdmin


@admin.register(Pledge)
class PledgeAdmin(WithPromise, ReadOnlyAdmin):
    # Its page on the site is its supporter's own.
    view_on_site = False
    organisation_path = "campaign__facility__organisation"
    list_display = (
        *("created_at", "campaign", "rewards", "member"),
        *("state", "most", "to_charge", "arrived", "gone_back"),
    )
    list_filter = ("commitment__state",)
    list_select_related = ("campaign", "member", "commitment__payment")
    search_fields = ("campaign__title", "member__email", "member__display_name")
    fields = (
        *("created_at", "campaign", "rewards", "member", "is_anonymous"),
        *("state", "most", "to_charge", "arrived", "gone_back", "commitment"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pledge]:
        pledges: PledgeQuerySet = super().get_queryset(request)
        return pledges.with_lines()

    @admin.display(description=_("rewards"))
    def rewards(self, row: Pledge) -> str:
        return choosing.told(row.lines.all()) or "–"
