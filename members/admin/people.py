"""People and organisations in the admin: for administrators, and an organisation for its owners."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from post_office.models import Attachment, EmailTemplate, Log
from post_office.models import Email as Mail
from unfold.admin import ModelAdmin, TabularInline

from members.administering import ScopedAdmin, organisations_of
from members.clock import database_now
from members.models import ApiToken, Member, Membership, Organisation, Transition
from members.moves import record
from members.requests import member_of

admin.site.unregister(Group)
# Secrets and drafts of libraries, which nobody needs to edit by hand.
for leftover in (Attachment, Authenticator, EmailAddress, EmailTemplate, Log, Mail, UserSession):
    if admin.site.is_registered(leftover):
        admin.site.unregister(leftover)


class _ForAdministrators(ModelAdmin):  # type: ignore[misc]
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    autocomplete_fields = ("member",)
    extra = 0


@admin.register(Member)
class MemberAdmin(_ForAdministrators):
    list_display = ("email", "display_name", "is_staff", "is_active", "joined_at")
    search_fields = ("email", "display_name")
    list_filter = ("is_staff", "is_active")
    fields = ("email", "display_name", "locale", "time_zone", "is_active", "is_staff", "is_superuser", "joined_at")
    readonly_fields = ("joined_at", "last_login")
    filter_horizontal = ("user_permissions",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights beyond an organisation's roles, once somebody is there to be given them."""
        return self.fields if obj is None else (*self.fields, "user_permissions")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of all that Django knows, what this site asks for: moderating what members write."""
        if db_field.name == "user_permissions":
            kwargs["queryset"] = Permission.objects.filter(codename__startswith="moderate_")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        """Whoever is given another address is no more let in, or sent a new password, by the old one."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()


@admin.register(Organisation)
class OrganisationAdmin(ScopedAdmin):
    """Owners say what the law asks of a seller; who exists and who holds which role is for administrators."""

    list_display = ("name", "kind", "created_at")
    search_fields = ("name",)
    changing_roles = (Membership.Role.OWNER,)
    organisation_path = "pk"
    fieldsets = (
        (None, {"fields": ("name", "slug", "kind")}),
        (
            _("Who sells"),
            {
                "fields": ("legal_name", "legal_address", "register_number", "contact_email"),
                "description": _("Read by everybody before they bind themselves. Nothing is launched without it."),
            },
        ),
        (_("Tax and papers"), {"fields": ("vat_status", "vat_id", "retention_months")}),
    )

    def _holds(self, request: HttpRequest, row: Any, roles: Sequence[str]) -> bool:
        if row is None:
            return super()._holds(request, row, roles)
        return organisations_of(request, roles).filter(pk=row.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return member_of(request).is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if member_of(request).is_superuser else ("name", "slug", "kind")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {"slug": ("name",)} if obj is None else {}

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Who was given or lost a role stands in the history, as when an owner decides it."""
        before = dict(formset.get_queryset().values_list("pk", "role"))
        formset.save()
        by, now = member_of(request), database_now()
        for row in formset.new_objects:
            record(row, "", row.role, by=by, now=now)
        for row, _changed in formset.changed_objects:
            record(row, before[row.pk], row.role, by=by, now=now)
        for row in formset.deleted_objects:
            record(row, row.role, "ended", by=by, now=now)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (MembershipInline,) if member_of(request).is_superuser else ()


class _ToRead(_ForAdministrators):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(_ToRead):
    list_display = ("name", "member", "created_at", "revoked_at")
    fields = ("name", "member", "created_at", "revoked_at")


class _OfWhat(admin.SimpleListFilter):
    """By what has moved, in the words of the site."""

    title = _("of what")
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        moving = (model for model in apps.get_models() if hasattr(model, "MOVES"))
        return sorted(
            ((model._meta.label, str(capfirst(model._meta.verbose_name))) for model in moving), key=itemgetter(1)
        )

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(subject_model=self.value()) if self.value() else queryset


@admin.register(Transition)
class TransitionAdmin(_ToRead):
    """Who moved what, when and why."""

    list_display = ("at", "of_what", "was", "became", "by", "why")
    list_filter = (_OfWhat,)
    list_select_related = ("by",)
    fields = ("at", "of_what", "subject_id", "was", "became", "by", "why")

    @admin.display(description=_("of what"))
    def of_what(self, row: Transition) -> str:
        return str(capfirst(apps.get_model(row.subject_model)._meta.verbose_name))

    @admin.display(description=_("from"))
    def was(self, row: Transition) -> str:
        return _state(row, row.from_state)

    @admin.display(description=_("to"))
    def became(self, row: Transition) -> str:
        return _state(row, row.to_state)

    search_fields = ("=subject_id",)
    show_full_result_count = False
    ordering = ("-id",)


def _state(row: Transition, state: str) -> str:
    """What the moved row's own pages call this state; some moves, such as discarding, end in none of its states."""
    states = getattr(apps.get_model(row.subject_model), "State", None)
    return str(dict(states.choices if states else ()).get(state, state)) or "–"


@admin.register(Mail)
class MailAdmin(_ToRead):
    """The outbox."""

    list_display = ("created", "to", "subject", "status")
    list_filter = ("status",)
    search_fields = ("to", "subject")
    fields = ("created", "to", "subject", "message", "status", "scheduled_time", "number_of_retries")
    show_full_result_count = False
    ordering = ("-id",)
