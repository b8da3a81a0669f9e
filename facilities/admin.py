"""Workshops in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from facilities import furnishing
from facilities.models import Facility, Machine, MachineRateComponent, Material, MaterialKind, MaterialPrice
from members.administering import ScopedAdmin, Verb
from members.clock import database_now
from members.models import Member
from members.requests import member_of
from payments.administering import AmountsInline, LinesToRead, WithAmounts


class _NewInline(AmountsInline):
    """Rates and prices: a new row takes over, an old one is never changed."""

    exclude = ("recorded_at", "recorded_by")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).none()


class RatesInline(LinesToRead):
    model = MachineRateComponent
    exclude = ("recorded_by",)
    verbose_name_plural = _("rates so far")


class NewRateInline(_NewInline):
    model = MachineRateComponent
    verbose_name_plural = _("new rates")


class PricesInline(LinesToRead):
    model = MaterialPrice
    exclude = ("recorded_by",)
    verbose_name_plural = _("prices so far")


class NewPriceInline(_NewInline):
    model = MaterialPrice
    verbose_name_plural = _("new prices")


class _Appending(ScopedAdmin):
    organisation_path = "facility__organisation"

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """New rows know who wrote them, and when."""
        for row in formset.save(commit=False):
            row.recorded_at, row.recorded_by = database_now(), member_of(request)
            row.save(force_insert=True)


@admin.register(Facility)
class FacilityAdmin(WithAmounts, ScopedAdmin):
    list_display = ("name", "organisation", "locality", "currency")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    exclude = ("story_html", "created_at")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A currency stays: every rate and price is in it."""
        return ("organisation", "slug", "currency") if obj else ()

    def save_model(self, request: HttpRequest, obj: Facility, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = database_now()
        furnishing.save_facility(obj)


def _work(machine: Machine, by: Member, why: str) -> None:
    furnishing.put_to_work(machine, by=by, now=database_now())


def _retire(machine: Machine, by: Member, why: str) -> None:
    furnishing.retire_machine(machine, by=by, now=database_now(), why=why)


@admin.register(Machine)
class MachineAdmin(_Appending):
    list_display = ("name", "facility", "process", "state")
    list_filter = ("state",)
    inlines = (NewRateInline, RatesInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its rates are those of one place and, once it works, of one process."""
        if obj is None:
            return ()
        return ("facility",) if obj.state == Machine.State.PLANNED else ("facility", "process")

    verbs = {  # noqa: RUF012
        "work": Verb(
            _("Put to work"),
            _("From now on prices are calculated with it."),
            _work,
            offered=lambda row: row.state == Machine.State.PLANNED,
        ),
        "retire": Verb(
            _("Retire"),
            _("No price is calculated with it any more. This cannot be undone."),
            _retire,
            needs_reason=True,
            offered=lambda row: row.state != Machine.State.RETIRED,
        ),
    }


@admin.register(Material)
class MaterialAdmin(_Appending):
    list_display = ("name", "facility", "kind", "is_stocked")
    inlines = (NewPriceInline, PricesInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its prices are in the currency of one place, and its packs in the unit of one kind."""
        return ("facility", "kind") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Suppliers are other organisations."""
        if db_field.name == "supplier":
            return admin.ModelAdmin.formfield_for_foreignkey(self, db_field, request, **kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(MaterialKind)
class MaterialKindAdmin(ScopedAdmin):
    """Shared by everybody: whoever produces may name a new one, nobody renames an old one."""

    list_display = ("name", "unit")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012

    def get_queryset(self, request: HttpRequest) -> Any:
        return MaterialKind.objects.all()

    def _holds(self, request: HttpRequest, row: Any, roles: Any) -> bool:
        return super()._holds(request, None, roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(member_of(request).is_superuser)
