"""Comments and questions as pages show them: a page of threads, or one thread, at the same price however many there are."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from campaigns.models import Campaign, Comment

THREADS = 20
# On the campaign's own page.
ON_PAGE = 3
# Of each thread beside others; its own page has them all.
REPLIES = 3
REPLIES_ALONE = 50


class Thread(NamedTuple):
    """What somebody wrote, with replies; `more` says whether there are others on its own page."""

    comment: Comment
    replies: list[Comment]
    more: bool


class Threads(NamedTuple):
    """`older` is the key before which the next page begins; None on the last."""

    threads: list[Thread]
    older: UUID | None


def newest(campaign: Campaign) -> list[Comment]:
    """A few, for the campaign's own page."""
    rows = Comment.objects.visible().filter(campaign=campaign, parent=None)
    return list(rows.select_related("member").order_by("-pk")[:ON_PAGE])


def threads(campaign: Campaign, *, before: UUID | None = None, limit: int = THREADS) -> Threads:
    """The newest threads first. What is hidden or deleted keeps its place only while somebody's reply stands below it."""
    replied = Comment.objects.visible().filter(parent=OuterRef("pk"))
    rows = Comment.objects.filter(campaign=campaign, parent=None).filter(
        Q(state=Comment.State.VISIBLE) | Exists(replied)
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("member").order_by("-pk")[: limit + 1])
    shown = found[:limit]
    replies = _first_replies([row.pk for row in shown])
    return Threads(
        [Thread(row, replies.get(row.pk, [])[:REPLIES], len(replies.get(row.pk, [])) > REPLIES) for row in shown],
        shown[-1].pk if len(found) > limit else None,
    )


def _first_replies(parents: list[UUID]) -> dict[UUID, list[Comment]]:
    """The first replies of each thread, and one more where there are more; one query whatever the number."""
    visible = Comment.objects.visible().filter(parent__in=parents)
    numbered = visible.annotate(place=Window(RowNumber(), partition_by=F("parent"), order_by=F("pk").asc()))
    found: dict[UUID, list[Comment]] = {}
    for reply in numbered.filter(place__lte=REPLIES + 1).select_related("member").order_by("pk"):
        assert reply.parent_id is not None  # noqa: S101  (they are replies)
        found.setdefault(reply.parent_id, []).append(reply)
    return found


def replies(comment: Comment, *, after: UUID | None = None) -> tuple[list[Comment], UUID | None]:
    """A page of one thread's replies, the oldest first, hidden ones with their place; and after which the next begins."""
    rows = comment.replies.select_related("member").order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows[: REPLIES_ALONE + 1])
    shown = found[:REPLIES_ALONE]
    return shown, shown[-1].pk if len(found) > REPLIES_ALONE else None
