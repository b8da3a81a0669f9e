"""Comments and questions in the admin: the queue of what was reported and what was asked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from campaigns import access, moderating
from campaigns.models import Comment, Report
from members.administering import PRODUCING, ReadOnlyAdmin, Verb
from members.clock import database_now
from members.models import Member

State = Comment.State


def _hide(comment: Comment, by: Member, why: str) -> None:
    moderating.hide(comment, why=why, by=by, now=database_now())


def _restore(comment: Comment, by: Member, why: str) -> None:
    moderating.restore(comment, by=by, now=database_now())


def _dismiss(comment: Comment, by: Member, why: str) -> None:
    moderating.dismiss(comment, by=by, now=database_now())


def _is_reported(comment: Comment) -> bool:
    return comment.reports.filter(state=Report.State.OPEN).exists()


class _Waiting(admin.SimpleListFilter):
    """What waits for a moderator, and what for an answer."""

    title = _("what waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("reported", _("reported")), ("unanswered", _("unanswered questions"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "reported":
            return queryset.filter(Exists(Report.objects.filter(comment=OuterRef("pk"), state=Report.State.OPEN)))
        return queryset.unanswered() if self.value() == "unanswered" else queryset


class ReportInline(TabularInline):  # type: ignore[misc]
    """Who reported it, and why."""

    model = Report
    extra = 0
    fields = ("reported_at", "member", "reason", "words", "state")
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """For those who answer for a campaign, and for moderators of the whole site. Here alone what is hidden can be read."""

    organisation_path = "campaign__facility__organisation"
    viewing_roles = PRODUCING
    list_display = ("written_at", "campaign", "member", "kind", "beginning", "state", "reported")
    list_select_related = ("campaign", "member")
    list_filter = (_Waiting, "state", "kind")
    search_fields = ("text", "member__display_name", "campaign__title")
    fields = (
        *("written_at", "campaign", "member", "kind", "text", "state", "hidden_because", "edited_at", "answered_at"),
        "parent",
    )
    inlines = (ReportInline,)
    ordering = ("-id",)
    verbs = {  # noqa: RUF012
        "hide": Verb(
            _("Hide"),
            _("Nobody reads its text any more, and its author is told why."),
            _hide,
            needs_reason=True,
            offered=lambda row: row.state == State.VISIBLE,
        ),
        "restore": Verb(
            _("Show again"),
            _("Everybody can read it again, and its author is told."),
            _restore,
            offered=lambda row: row.state == State.HIDDEN,
        ),
        "dismiss": Verb(
            _("Nothing is wrong with it"),
            _("The reports are done with, and it stays."),
            _dismiss,
            offered=_is_reported,
        ),
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        if access.moderates_everywhere(request.user):
            rows = self.model._default_manager.get_queryset().order_by("-id")
        reports = Report.objects.filter(comment=OuterRef("pk"), state=Report.State.OPEN)
        return rows.annotate(is_reported=Exists(reports))

    def _holds(self, request: HttpRequest, row: Any, roles: Any) -> bool:
        return access.moderates_everywhere(request.user) or super()._holds(request, row, roles)

    @admin.display(description=_("text"))
    def beginning(self, row: Comment) -> str:
        return Truncator(row.text).chars(80)

    @admin.display(description=_("reported"), boolean=True)
    def reported(self, row: Any) -> bool:
        return bool(row.is_reported)
