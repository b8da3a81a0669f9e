"""Designs in the admin: drafts to be written, released versions to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from members.administering import PRODUCING, OwnedInline, ScopedAdmin, Verb, organisations_of
from members.clock import database_now
from members.markdown import render
from members.models import Member
from members.requests import member_of
from products import access, drafting, releasing
from products.models import BomLine, BuildStep, Design, Operation, Revision


class _MaintainedAdmin(ScopedAdmin):
    """Maintained by oneself, or by an organisation one produces for."""

    design_path = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = admin.ModelAdmin.get_queryset(self, request)
        member = member_of(request)
        if member.is_superuser:
            return rows
        own = organisations_of(request, PRODUCING)
        path = self.design_path
        return rows.filter(Q(**{f"{path}maintainer_member": member}) | Q(**{f"{path}maintainer_organisation__in": own}))

    def _holds(self, request: HttpRequest, row: Any, roles: Any) -> bool:
        member = request.user
        if not isinstance(member, Member) or not member.is_active:
            return False
        if row is None or member.is_superuser:
            return True
        return access.may_maintain(member, row.design if self.design_path else row)


def _retire(design: Design, by: Member, why: str) -> None:
    releasing.retire_design(design, by=by, now=database_now(), why=why)


def _release(revision: Revision, by: Member, why: str) -> None:
    releasing.release_revision(revision, by=by, now=database_now())


def _discard(row: Design | Revision, by: Member, why: str) -> None:
    if isinstance(row, Design):
        drafting.discard_design(row, by=by, now=database_now())
    else:
        drafting.discard_revision(row, by=by, now=database_now())


def _what_discarding_does(row: Design | Revision) -> str:
    if isinstance(row, Design):
        return _text(
            "The design is deleted with its drafts, %(count)d in all. None was released. This cannot be undone."
        ) % {"count": row.revisions.count()}
    return _text(
        "The draft is deleted with all that belongs to it: materials %(materials)d, operations %(operations)d, build "
        "steps %(steps)d, files %(files)d. It was never released. This cannot be undone."
    ) % {
        "materials": row.bom_lines.count(),
        "operations": row.operations.count(),
        "steps": row.steps.count(),
        "files": row.files.count(),
    }


@admin.register(Design)
class DesignAdmin(_MaintainedAdmin):
    list_display = ("name", "state", "maintained_by", "created_at")
    list_filter = ("state",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    fields = ("name", "slug", "summary", "story", "maintainer_organisation")
    verbs = {  # noqa: RUF012
        "retire": Verb(
            _("Retire"),
            _("It leaves the catalogue; its versions stay readable."),
            _retire,
            needs_reason=True,
            offered=lambda row: row.state == Design.State.RELEASED,
        ),
        "discard": Verb(
            _("Delete the draft"),
            _what_discarding_does,
            _discard,
            ends_row=True,
            offered=lambda row: row.state == Design.State.DRAFT,
        ),
    }

    @admin.display(description=_("maintained by"))
    def maintained_by(self, row: Design) -> str:
        return row.maintainer_name

    def view_on_site(self, row: Design) -> str | None:
        """A draft has no page yet."""
        return None if row.state == Design.State.DRAFT else row.get_absolute_url()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("slug", "maintainer_organisation") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)

        class WithMaintainer(form):  # type: ignore[misc, valid-type]
            """Without an organisation, the member maintains it; known before the row is checked."""

            def clean(self) -> Any:
                cleaned = super().clean()
                if self.instance._state.adding and not self.cleaned_data.get("maintainer_organisation"):
                    self.instance.maintainer_member = member_of(request)
                return cleaned

        return WithMaintainer

    def save_model(self, request: HttpRequest, obj: Design, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = database_now()
        drafting.save_design(obj)


class _DraftInline(OwnedInline):
    def is_open(self, row: Any) -> bool:
        return row is not None and not row.is_released


class BomInline(_DraftInline):
    model = BomLine


class OperationInline(_DraftInline):
    model = Operation


class StepInline(_DraftInline):
    model = BuildStep


@admin.register(Revision)
class RevisionAdmin(_MaintainedAdmin):
    design_path = "design__"
    list_display = ("design", "number", "licence", "released_at")
    fields = ("design", "number", "licence", "changelog", "released_at")
    inlines = (BomInline, OperationInline, StepInline)
    verbs = {  # noqa: RUF012
        "release": Verb(
            _("Release"),
            _("It becomes public under its licence, and can never be changed again."),
            _release,
            offered=lambda row: not row.is_released,
        ),
        "discard": Verb(
            _("Delete the draft"),
            _what_discarding_does,
            _discard,
            ends_row=True,
            offered=lambda row: not row.is_released,
        ),
    }

    def view_on_site(self, row: Revision) -> str | None:
        """A draft has no page yet."""
        return row.get_absolute_url() if row.is_released else None

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """One's own designs."""
        if db_field.name == "design":
            kwargs["queryset"] = self.admin_site._registry[Design].get_queryset(request)
        return admin.ModelAdmin.formfield_for_foreignkey(self, db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj is not None and obj.is_released)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("design", "number", "released_at") if obj else ("released_at",)

    def save_model(self, request: HttpRequest, obj: Revision, form: Any, change: bool) -> None:
        if change:
            drafting.describe_revision(obj, licence=obj.licence, changelog=obj.changelog)
            return
        made = drafting.draft_revision(
            design=obj.design,
            number=obj.number,
            licence=obj.licence,
            changelog=obj.changelog,
            by=member_of(request),
            now=database_now(),
        )
        obj.__dict__.update(made.__dict__)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Under the lock that a release takes too."""
        drafting.hold_draft(form.instance)
        for row in formset.save(commit=False):
            if isinstance(row, BuildStep):
                row.text_html = render(row.text)
            row.save()
        for row in formset.deleted_objects:
            row.delete()
