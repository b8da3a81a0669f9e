"""Funds and commitments in the admin: to follow how the money is collected."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from funding import totals
from funding.models import Commitment, Fund
from funding.progress import Progress
from members.administering import ReadOnlyAdmin
from payments.administering import WithAmounts


@admin.register(Fund)
class FundAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "receiver__organisation"
    list_display = ("title", "state", "promised", "arrived", "minimum_minor", "deadline_at", "window_ends_at")
    list_filter = ("state",)
    search_fields = ("title",)
    readonly_fields = ("promised", "arrived")

    def _progress(self, row: Fund) -> Progress:
        return Progress(row, totals.standing(row.pk))

    @admin.display(description=_("promised"))
    def promised(self, row: Fund) -> Any:
        return row.money(self._progress(row).standing.secured_minor)

    @admin.display(description=_("arrived"))
    def arrived(self, row: Fund) -> Any:
        return row.money(self._progress(row).standing.collected_minor)


@admin.register(Commitment)
class CommitmentAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "fund__receiver__organisation"
    list_display = ("created_at", "fund", "member", "maximum_minor", "amount_minor", "state", "tries", "next_try_at")
    list_filter = ("state",)
    list_select_related = ("fund", "member")
    search_fields = ("fund__title", "member__email", "=id")
