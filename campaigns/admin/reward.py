"""One reward in the admin, with what it costs to send it: more than fits into a line of its campaign."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from campaigns import launching
from campaigns.models import Campaign, ShippingRate, Tier
from members.administering import ScopedAdmin
from payments.administering import AmountsInline, WithAmounts
from payments.forms import AmountsForm
from products.models import Revision


class TierForm(AmountsForm):
    check = staticmethod(launching.check_tier)


class RateInline(AmountsInline):
    """Frozen from the review on."""

    model = ShippingRate

    def is_open(self, row: Any) -> bool:
        return row is not None and row.campaign.stage == Campaign.Stage.DRAFT


@admin.register(Tier)
class TierAdmin(WithAmounts, ScopedAdmin):
    organisation_path = "campaign__facility__organisation"
    form = TierForm
    list_display = ("title", "campaign", "amount_minor", "gives", "cap", "taken")
    list_select_related = ("campaign",)
    search_fields = ("title", "campaign__title")
    fields = (
        *("campaign", "title", "text", "amount_minor", "cap"),
        *("gives", "revision", "units", "hours"),
        *("handing", "estimated_on", "available_until_at", "withdrawal_days", "position"),
    )
    readonly_fields = ("campaign",)
    inlines = (RateInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Begun on its campaign's page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or obj.campaign.stage == Campaign.Stage.DRAFT
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is not released is its authors' own."""
        if db_field.name == "revision":
            kwargs["queryset"] = Revision.objects.released().select_related("design")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Tier, form: Any, change: bool) -> None:
        launching.save_line(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        rates = formset.save(commit=False)
        launching.save_rates(form.instance, rates, formset.deleted_objects)
