"""Who supports a campaign, in the admin: to be read."""

from __future__ import annotations

from django.contrib import admin

from campaigns.models import Pledge
from funding.admin import WithPromise
from members.administering import ReadOnlyAdmin


@admin.register(Pledge)
class PledgeAdmin(WithPromise, ReadOnlyAdmin):
    # Its page on the site is its supporter's own.
    view_on_site = False
    organisation_path = "campaign__facility__organisation"
    list_display = (
        *("created_at", "campaign", "tier", "member"),
        *("state", "most", "to_charge", "arrived", "gone_back"),
    )
    list_filter = ("commitment__state",)
    list_select_related = ("campaign", "tier", "member", "commitment__payment")
    search_fields = ("campaign__title", "member__email", "member__display_name")
    fields = (
        *("created_at", "campaign", "tier", "member", "is_anonymous"),
        *("state", "most", "to_charge", "arrived", "gone_back", "commitment"),
    )
