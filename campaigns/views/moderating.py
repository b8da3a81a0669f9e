"""Reporting a comment, hiding it, and showing it again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from campaigns import access, moderating
from campaigns.models import Comment
from campaigns.talk_forms import HideForm, ReportForm
from campaigns.views.talking import found
from members.clock import database_now
from members.requests import member_of


@login_required
def report(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    """Say what is wrong with it; its moderators look."""
    comment = found(slug, comment_id)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            moderating.report(comment, **form.cleaned_data, by=member_of(request), now=database_now())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Thank you. A moderator will look at it."))
        return redirect("campaigns:talk", slug)
    return render(request, "campaigns/comment_report.html", {"comment": comment, "form": form})


@login_required
def hide(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    """Say why, then show it to nobody."""
    comment = _to_moderate(request, slug, comment_id)
    form = HideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            moderating.hide(comment, why=form.cleaned_data["why"], by=member_of(request), now=database_now())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Hidden. Its author is told why."))
        return redirect(comment)
    return render(request, "campaigns/comment_hide.html", {"comment": comment, "form": form})


@login_required
def restore(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    """Ask once, then show it again."""
    comment = _to_moderate(request, slug, comment_id)
    if request.method != "POST":
        return render(request, "campaigns/comment_restore.html", {"comment": comment})
    try:
        moderating.restore(comment, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Shown again. Its author is told."))
    return redirect(comment)


def _to_moderate(request: HttpRequest, slug: str, comment_id: UUID) -> Comment:
    """Raises PermissionDenied for whoever does not moderate this campaign."""
    comment = found(slug, comment_id)
    if not access.may_moderate(request.user, comment.campaign):
        raise PermissionDenied
    return comment
