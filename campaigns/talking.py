"""Comments and questions below a campaign: written, replied to, mended for a while, deleted."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import mailing
from campaigns.access import may_manage
from campaigns.models import Campaign, Comment, Report
from campaigns.models.talk import LONGEST_TEXT
from campaigns.wording import cleaned
from members.models import Member
from members.moves import move_all, move_or_refuse, record

State = Comment.State

EDITABLE_FOR = datetime.timedelta(minutes=15)
# Of one member on all campaigns; those who answer for a workshop may have many questions to answer.
PACE = ((datetime.timedelta(minutes=10), 5), (datetime.timedelta(days=1), 40))
PACE_OF_PRODUCERS = ((datetime.timedelta(minutes=10), 60),)


def check_text(text: str) -> str:
    """The text as it is kept. Raises ValidationError: `text_missing`, `text_too_long`."""
    kept = cleaned(text)
    if not kept:
        raise ValidationError(_("Write something first."), code="text_missing")
    if len(kept) > LONGEST_TEXT:
        raise ValidationError(
            _("This is %(length)d characters long; at most %(most)d can be kept."),
            code="text_too_long",
            params={"length": len(kept), "most": LONGEST_TEXT},
        )
    return kept


def write(
    *,
    campaign: Campaign,
    text: str,
    kind: str = Comment.Kind.COMMENT,
    parent: Comment | None = None,
    form_key: UUID,
    by: Member,
    now: datetime.datetime,
) -> Comment:
    """Say or ask something, or reply to what stands there. The same `form_key` again gives the same comment.

    A producer's reply answers a question. Raises ValidationError: `campaign_closed` before the launch, `too_fast`,
    `parent_gone`, `reply_to_reply`, and what `check_text` raises.
    """
    if campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    if parent is not None and parent.parent_id is not None:
        raise ValidationError(_("Reply to the comment above, not to a reply."), code="reply_to_reply")
    row = Comment(
        campaign=campaign,
        parent=parent,
        member=by,
        kind=kind if parent is None else Comment.Kind.COMMENT,
        text=check_text(text),
        is_from_producer=may_manage(by, campaign),
        form_key=form_key,
        written_at=now,
    )
    with transaction.atomic():
        # One after the other for each member: neither the same form nor somebody in haste gets past what was counted.
        Member.objects.select_for_update(no_key=True).get(pk=by.pk)
        earlier = Comment.objects.filter(member=by, form_key=form_key).first()
        if earlier is not None:
            return earlier
        _refuse_haste(row, now)
        asked = None if parent is None else _hold_visible(campaign, parent)
        row.save(force_insert=True)
        record(row, "", State.VISIBLE, by=by, now=now)
        if asked is not None:
            _reply(asked, row, now)
        elif row.kind == Comment.Kind.QUESTION:
            mailing.asked(row, campaign)
    return row


def _refuse_haste(row: Comment, now: datetime.datetime) -> None:
    """Raises ValidationError (`too_fast`)."""
    for span, most in PACE_OF_PRODUCERS if row.is_from_producer else PACE:
        if Comment.objects.filter(member=row.member, written_at__gt=now - span).count() >= most:
            raise ValidationError(_("You write very much at once. Wait a little, then go on."), code="too_fast")


def _hold_visible(campaign: Campaign, parent: Comment) -> Comment:
    """What is replied to, held so that nobody hides it meanwhile. Raises ValidationError (`parent_gone`)."""
    held = (
        Comment.objects.visible()
        .select_for_update(no_key=True, of=("self",))
        .select_related("member", "campaign")
        .filter(campaign=campaign, pk=parent.pk)
        .first()
    )
    if held is None:
        raise ValidationError(_("What you reply to is not there any more."), code="parent_gone")
    return held


def _reply(asked: Comment, reply: Comment, now: datetime.datetime) -> None:
    if reply.is_from_producer and asked.kind == Comment.Kind.QUESTION:
        Comment.objects.filter(pk=asked.pk, answered_at=None).update(answered_at=now)
    mailing.answered(asked, reply)


def can_edit(comment: Comment, *, now: datetime.datetime) -> bool:
    """Whether its author may still change it."""
    return comment.state == State.VISIBLE and now < comment.written_at + EDITABLE_FOR


def edit(comment: Comment, *, text: str, by: Member, now: datetime.datetime) -> None:
    """Write it anew, within a quarter of an hour.

    Raises ValidationError: `too_late`, `state_changed`, and what `check_text` raises.
    """
    text = check_text(text)
    if now >= comment.written_at + EDITABLE_FOR:
        raise ValidationError(_("It can be changed for 15 minutes; they are over. You can delete it."), code="too_late")
    with transaction.atomic():
        as_read = Comment.objects.filter(pk=comment.pk, state=State.VISIBLE, text=comment.text)
        if not as_read.update(text=text, edited_at=now):
            raise ValidationError(
                _("This has changed in the meantime. Look at it again before you decide."), code="state_changed"
            )
        record(comment, State.VISIBLE, State.VISIBLE, by=by, now=now, why="edited")
    comment.text, comment.edited_at = text, now


def delete(comment: Comment, *, by: Member, now: datetime.datetime) -> None:
    """Take one's own words back: the text is gone, what others replied stays. Raises ValidationError (`state_changed`)."""
    with transaction.atomic():
        move_or_refuse(comment, State.DELETED, by=by, now=now, text="", hidden_because="")
        reports = Report.objects.filter(comment=comment)
        move_all(reports, Report.State.OPEN, Report.State.UPHELD, by=by, now=now, why="deleted by its author")
