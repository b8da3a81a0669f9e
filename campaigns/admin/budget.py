"""What was spent of a campaign's budget, in the admin: to be read. It is written down on the campaign's own page."""

from __future__ import annotations

from django.contrib import admin

from campaigns.models import Spending
from members.administering import ReadOnlyAdmin
from payments.administering import WithAmounts


@admin.register(Spending)
class SpendingAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "budget_line__campaign__facility__organisation"
    list_display = ("spent_on", "budget_line", "amount_minor", "evidence", "by", "recorded_at")
    list_select_related = ("budget_line__campaign", "by")
    search_fields = ("evidence", "budget_line__label", "budget_line__campaign__title")
    fields = ("spent_on", "budget_line", "amount_minor", "evidence", "by", "recorded_at")
