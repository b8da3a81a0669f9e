"""What every page of the admin stands on: one's own organisations, money to read only, and verbs behind a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, QuerySet
from django.forms import CharField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from members import zones
from members.models import Member, Membership, Organisation
from members.requests import member_of

Role = Membership.Role
PRODUCING = (Role.OWNER, Role.PRODUCER)
MONEY = (Role.OWNER, Role.PRODUCER, Role.TREASURER)
EVERYBODY = tuple(Role)
# As long as the history's column, less what a verb may put in front.
LONGEST_REASON = 200


def organisations_of(request: HttpRequest, roles: Sequence[str]) -> QuerySet[Organisation]:
    """Where the member holds one of `roles`; everywhere for an administrator."""
    member = member_of(request)
    if member.is_superuser:
        return Organisation.objects.all()
    return Organisation.objects.acted_for_by(member, *roles)


def told(refusal: ValidationError) -> list[str]:
    """Each of a refusal's sentences; one that says `where` it is mended ends in the way there."""
    by_field = getattr(refusal, "error_dict", {})
    single = [one for errors in by_field.values() for one in errors] or refusal.error_list
    return [
        format_html('{} <a href="{}">{}</a>', words, one.params["where"], _("Fill it in"))
        if one.params and "where" in one.params
        else words
        for one in single
        for words in one.messages
    ]


class Verb(NamedTuple):
    """Something that can be done to a row: asked about on a page of its own, and done by POST only."""

    label: Any
    # Words, or what makes them of the row when the consequences have names and amounts.
    question: Any
    run: Callable[[Any, Member, str], None]
    roles: Sequence[str] = PRODUCING
    # Who may, where roles do not say it.
    may: Callable[[Member, Any], bool] | None = None
    needs_reason: bool = False
    offered: Callable[[Any], bool] = lambda row: True
    # Whether the row is gone afterwards.
    ends_row: bool = False


class ScopedAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows of the organisations in which the member holds a role. Django's own permissions play no part.

    `organisation_path` leads from the row to its organisation, as in a filter.
    """

    organisation_path: ClassVar[str] = "organisation"
    viewing_roles: ClassVar[Sequence[str]] = EVERYBODY
    changing_roles: ClassVar[Sequence[str]] = PRODUCING
    verbs: ClassVar[dict[str, Verb]] = {}
    change_form_before_template = "admin/verbs.html"
    list_per_page = 50
    show_full_result_count = False
    actions = None
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        if member_of(request).is_superuser:
            return rows
        return rows.filter(**{f"{self.organisation_path}__in": organisations_of(request, self.viewing_roles)})

    def _holds(self, request: HttpRequest, row: Any, roles: Sequence[str]) -> bool:
        if not isinstance(request.user, Member) or not request.user.is_active:
            return False
        if row is None:
            return request.user.is_superuser or organisations_of(request, roles).exists()
        owner = row
        for step in self.organisation_path.split("__"):
            owner = getattr(owner, step)
        return organisations_of(request, roles).filter(pk=owner.pk).exists()

    def _may(self, request: HttpRequest, row: Any, verb: Verb) -> bool:
        if verb.may is not None:
            return verb.may(member_of(request), row)
        return self._holds(request, row, verb.roles)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, None, self.viewing_roles)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(request, obj, self.viewing_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(request, obj, self.changing_roles)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, None, self.changing_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted: what was, is history."""
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only what is one's own can be chosen."""
        model = db_field.remote_field.model
        if model is Organisation:
            kwargs["queryset"] = organisations_of(request, self.changing_roles)
        elif hasattr(model._default_manager.all(), "of_organisations"):
            ids = list(organisations_of(request, self.changing_roles).values_list("pk", flat=True))
            kwargs["queryset"] = model._default_manager.all().of_organisations(ids)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, DateTimeField):
            kwargs.setdefault("help_text", zones.TYPED_IN)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form; a verb's refusal while saving is shown as a message, and nothing was saved."""
        row = self.get_object(request, object_id) if object_id else None
        offered = [
            (name, verb.label)
            for name, verb in self.verbs.items()
            if row is not None and verb.offered(row) and self._may(request, row, verb)
        ]
        try:
            page: HttpResponse = super().changeform_view(
                request, object_id, form_url, {**(extra_context or {}), "verbs": offered}
            )
            return page
        except ValidationError as refusal:
            for text in told(refusal):
                messages.error(request, text)
            return redirect(request.get_full_path())

    def get_urls(self) -> Any:
        name = f"{self.opts.app_label}_{self.opts.model_name}_do"
        own = path("<path:object_id>/do/<slug:verb>/", self.admin_site.admin_view(self.do), name=name)
        return [own, *super().get_urls()]

    def do(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Ask, then do."""
        row, chosen = self.get_object(request, object_id), self.verbs.get(verb)
        if row is None or chosen is None or not chosen.offered(row) or not self._may(request, row, chosen):
            raise Http404
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        if request.method == "POST":
            try:
                why = CharField(max_length=LONGEST_REASON, required=chosen.needs_reason)
                chosen.run(row, member_of(request), why.clean(request.POST.get("why", "")))
            except ValidationError as refusal:
                for text in told(refusal):
                    messages.error(request, text)
            else:
                messages.success(request, _("Done: %(label)s.") % {"label": chosen.label})
                if chosen.ends_row:
                    back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": chosen.label,
            "verb": chosen,
            "question": chosen.question(row) if callable(chosen.question) else chosen.question,
            "row": row,
            "back": back,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/do.html", context)


class ReadOnlyAdmin(ScopedAdmin):
    """For money and history: to be read."""

    viewing_roles: ClassVar[Sequence[str]] = MONEY

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnedInline(TabularInline):  # type: ignore[misc]
    """Lines of a row, to be changed by whoever may change the row and as long as `is_open` says so."""

    extra = 0

    def is_open(self, row: Model | None) -> bool:
        return True

    def _may(self, request: HttpRequest, row: Any) -> bool:
        parent = self.admin_site._registry[self.parent_model]
        return bool(parent.has_change_permission(request, row)) and self.is_open(row)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)
