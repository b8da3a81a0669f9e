"""Reporting what members wrote, hiding it, and showing it again."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns import mailing
from campaigns.models import Comment, Report
from campaigns.wording import cleaned
from members.models import Member
from members.moves import move_all, move_or_refuse, record

State = Comment.State

# Of one member a day: enough for whoever finds a quarrel, too few to bury what others report.
MOST_REPORTS = 20
DAY = datetime.timedelta(days=1)


def report(comment: Comment, *, reason: str, words: str, by: Member, now: datetime.datetime) -> Report:
    """Ask the moderators to look at it; a second time by the same member is the first.

    Raises ValidationError: `own_comment`, `comment_gone`, `too_many_reports`.
    """
    if comment.member_id == by.pk:
        raise ValidationError(_("This is your own: you can delete it."), code="own_comment")
    row = Report(comment=comment, member=by, reason=reason, words=cleaned(words)[:300], reported_at=now)
    with transaction.atomic():
        # One after the other for each member, so that what was counted holds.
        Member.objects.select_for_update(no_key=True).get(pk=by.pk)
        earlier = Report.objects.filter(comment=comment, member=by).first()
        if earlier is not None:
            return earlier
        if Report.objects.filter(member=by, reported_at__gt=now - DAY).count() >= MOST_REPORTS:
            raise ValidationError(_("You have reported very much today. Wait until tomorrow."), code="too_many_reports")
        # Held, so that whoever hides it now finds this report, or is found here.
        if not Comment.objects.visible().select_for_update(no_key=True).filter(pk=comment.pk).first():
            raise ValidationError(_("It is not shown any more."), code="comment_gone")
        row.save(force_insert=True)
        record(row, "", Report.State.OPEN, by=by, now=now)
    return row


def hide(comment: Comment, *, why: str, by: Member, now: datetime.datetime) -> None:
    """Show its text to nobody; its author is told why. Raises ValidationError: `reason_missing`, `state_changed`."""
    why = cleaned(why).replace("\n", " ")[:200]
    if not why:
        raise ValidationError(_("Say why: its author will read it."), code="reason_missing")
    with transaction.atomic():
        move_or_refuse(comment, State.HIDDEN, by=by, now=now, why=why, hidden_because=why)
        move_all(_reports(comment), Report.State.OPEN, Report.State.UPHELD, by=by, now=now, why=why)
        mailing.hidden(comment)


def restore(comment: Comment, *, by: Member, now: datetime.datetime, why: str = "") -> None:
    """Show it again; its author is told. Raises ValidationError (`state_changed`)."""
    if comment.state != State.HIDDEN:
        raise ValidationError(_("It is not hidden."), code="state_changed")
    with transaction.atomic():
        move_or_refuse(comment, State.VISIBLE, by=by, now=now, why=why, hidden_because="")
        mailing.restored(comment)


def dismiss(comment: Comment, *, by: Member, now: datetime.datetime) -> None:
    """Nothing is wrong with it: its open reports are done with. Raises ValidationError (`state_changed`)."""
    with transaction.atomic():
        # As `report` does: none slips in between.
        Comment.objects.select_for_update(no_key=True).get(pk=comment.pk)
        if not move_all(_reports(comment), Report.State.OPEN, Report.State.DISMISSED, by=by, now=now):
            raise ValidationError(_("Nobody reports it any more."), code="state_changed")


def _reports(comment: Comment) -> QuerySet[Report]:
    return Report.objects.filter(comment=comment)
