"""A draft's way to its launch: sent to review, approved by somebody else or returned with a reason, and planned."""

from __future__ import annotations

import datetime
import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import checklist, launching, telling
from campaigns.models import Campaign
from members.models import Member, Transition
from members.moves import move_or_refuse, record

Stage = Campaign.Stage


def submit(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Send a whole draft to review; nobody writes on it meanwhile.

    Raises ValidationError: everything of `checklist.missing_for_launch`, `state_changed`.
    """
    with transaction.atomic():
        # Whoever is just writing a line of it comes first, or is refused.
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        checklist.refuse_missing(locked, now=now)
        move_or_refuse(locked, Stage.IN_REVIEW, by=by, now=now, submitted_by=by, reviewed_by=None)
        telling.to_review(locked)
    campaign.refresh_from_db()


def take_back(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """A draft again, to be written on, whether it was approved or not. Raises ValidationError (`state_changed`)."""
    move_or_refuse(campaign, Stage.DRAFT, by=by, now=now, reviewed_by=None, launch_refused_at=None)


def approve(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """It may be launched as it is. Raises ValidationError: `own_submission`, `state_changed`."""
    _refuse_own(campaign, by)
    with transaction.atomic():
        move_or_refuse(campaign, Stage.APPROVED, by=by, now=now, reviewed_by=by)
        telling.approved(campaign)


def ask_for_changes(campaign: Campaign, *, by: Member, now: datetime.datetime, why: str) -> None:
    """A draft again, with what should change. Raises ValidationError: `reason_missing`, `own_submission`,
    `state_changed`."""
    _refuse_own(campaign, by)
    if not why.strip():
        raise ValidationError(_("Say what should change: its producers will read it."), code="reason_missing")
    if campaign.stage != Stage.IN_REVIEW:
        raise ValidationError(_("It is not in review any more."), code="state_changed")
    with transaction.atomic():
        move_or_refuse(campaign, Stage.DRAFT, by=by, now=now, why=why)
        telling.changes_wanted(campaign, why)


def wanted_changes(campaign: Campaign) -> str:
    """What its last review asked for; nothing once it was sent again."""
    last = Transition.objects.filter(subject_id=campaign.pk, subject_model=campaign._meta.label).order_by("-pk")
    move = last.first()
    if move is None or (move.from_state, move.to_state) != (Stage.IN_REVIEW, Stage.DRAFT):
        return ""
    return move.why


def schedule(campaign: Campaign, *, at: datetime.datetime | None, by: Member, now: datetime.datetime) -> None:
    """Launch it by itself at `at`, if it is approved by then; None leaves it to its producers.

    Raises ValidationError: `launch_at_wrong`, `campaign_launched`.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if locked.fund_id is not None:
            raise ValidationError(_("This campaign is live already."), code="campaign_launched")
        if at is not None:
            launching.check_launch_at(locked, at, now=now)
        Campaign.objects.filter(pk=locked.pk).update(launch_at=at, launch_refused_at=None)
        record(locked, locked.stage, locked.stage, by=by, now=now, why=f"launches at {at or 'no set time'}")
    campaign.launch_at, campaign.launch_refused_at = at, None


def renew_preview(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """A link under which friends read the draft; who had an earlier one reads it no more.

    Raises ValidationError (`campaign_launched`): everybody reads it then.
    """
    key = secrets.token_urlsafe(32)
    with transaction.atomic():
        if not Campaign.objects.filter(pk=campaign.pk, fund=None).update(preview_key=key):
            raise ValidationError(_("This campaign is live already."), code="campaign_launched")
        record(campaign, campaign.stage, campaign.stage, by=by, now=now, why="a new preview link")
    campaign.preview_key = key


def _refuse_own(campaign: Campaign, by: Member) -> None:
    if campaign.submitted_by_id == by.pk:
        raise ValidationError(_("Somebody else must look at what you sent to review."), code="own_submission")
