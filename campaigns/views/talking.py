"""Comments and questions below a campaign: reading, writing, and what can be done with one's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import access, talking, threads
from campaigns.models import Campaign, Comment
from campaigns.talk_forms import CommentForm
from campaigns.views.finding import key_in, launched
from members.caching import same_for_strangers
from members.clock import database_now
from members.requests import in_zone_for, member_of


@same_for_strangers
def _read_talk(request: HttpRequest, slug: str) -> HttpResponse:
    campaign, _fund = launched(slug)
    return _talk_page(request, campaign, CommentForm())


@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: HttpRequest, slug: str) -> HttpResponse:
    """Every thread, the newest first; POST writes another."""
    return _say(request, slug) if request.method == "POST" else _read_talk(request, slug)


@login_required
def _say(request: HttpRequest, slug: str) -> HttpResponse:
    campaign, _fund = launched(slug, "facility__organisation")
    form = CommentForm(request.POST)
    written = _written(request, campaign, form, None)
    return _talk_page(request, campaign, form) if written is None else redirect(written)


def _talk_page(request: HttpRequest, campaign: Campaign, form: CommentForm) -> HttpResponse:
    before = key_in(request, "before")
    found = threads.threads(campaign, before=before)
    context = {**_around(request, campaign), "threads": found.threads, "older": found.older, "before": before}
    with in_zone_for(request, campaign.facility.time_zone):
        return render(request, "campaigns/talk.html", {**context, "form": form})


@same_for_strangers
def _read_thread(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    return _thread_page(request, found(slug, comment_id), CommentForm())


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    """One comment with all its replies; POST writes another."""
    return _reply(request, slug, comment_id) if request.method == "POST" else _read_thread(request, slug, comment_id)


@login_required
def _reply(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    comment = found(slug, comment_id)
    form = CommentForm(request.POST)
    written = _written(request, comment.campaign, form, comment)
    return _thread_page(request, comment, form) if written is None else redirect(written)


def _thread_page(request: HttpRequest, comment: Comment, form: CommentForm) -> HttpResponse:
    if comment.parent_id is not None:
        return redirect(comment)
    replies, later = threads.replies(comment, after=key_in(request, "after"))
    if comment.state == Comment.State.DELETED and not replies:
        raise Http404
    context = {**_around(request, comment.campaign), "comment": comment, "replies": replies, "later": later}
    with in_zone_for(request, comment.campaign.facility.time_zone):
        return render(request, "campaigns/thread.html", {**context, "form": form})


def found(slug: str, comment_id: UUID) -> Comment:
    """The comment of this campaign with who wrote it; 404 when there is none."""
    rows = Comment.objects.select_related("member", "campaign__fund", "campaign__facility__organisation")
    return get_object_or_404(rows, pk=comment_id, campaign__slug=slug, campaign__fund__isnull=False)


def _around(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """What every page of comments has around them."""
    return {
        "campaign": campaign,
        "moderates": access.may_moderate(request.user, campaign),
        "editable_since": database_now() - talking.EDITABLE_FOR,
    }


def _written(request: HttpRequest, campaign: Campaign, form: CommentForm, parent: Comment | None) -> Comment | None:
    """What was written; None when it was refused, which the form says."""
    if not form.is_valid():
        return None
    try:
        return talking.write(
            campaign=campaign,
            text=form.cleaned_data["text"],
            kind=form.cleaned_data["kind"] or Comment.Kind.COMMENT,
            parent=parent,
            form_key=form.cleaned_data["form_key"],
            by=member_of(request),
            now=database_now(),
        )
    except ValidationError as refusal:
        form.add_error("text", refusal.messages)
        return None


@login_required
def edit(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    """Write one's own anew, for a quarter of an hour."""
    comment = _own(request, slug, comment_id)
    form = CommentForm(request.POST or None, initial={"text": comment.shown_text})
    if request.method == "POST" and form.is_valid():
        try:
            talking.edit(comment, text=form.cleaned_data["text"], by=member_of(request), now=database_now())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return redirect(comment)
    if not talking.can_edit(comment, now=database_now()):
        messages.error(request, _("It can be changed for 15 minutes; they are over. You can delete it."))
        return redirect(comment)
    return render(request, "campaigns/comment_edit.html", {"comment": comment, "form": form})


@login_required
def delete(request: HttpRequest, slug: str, comment_id: UUID) -> HttpResponse:
    """Ask once, then take one's own words back."""
    comment = _own(request, slug, comment_id)
    if request.method != "POST":
        return render(request, "campaigns/comment_delete.html", {"comment": comment})
    try:
        talking.delete(comment, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Deleted."))
    return redirect("campaigns:talk", slug)


def _own(request: HttpRequest, slug: str, comment_id: UUID) -> Comment:
    """One's own comment that is not deleted; somebody else's does not exist here."""
    comment = found(slug, comment_id)
    if not access.wrote(request.user, comment) or comment.state == Comment.State.DELETED:
        raise Http404
    return comment
