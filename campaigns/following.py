"""Following a campaign, and being reminded of it once."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from campaigns import mailing
from campaigns.models import Campaign, Following, Pledge
from funding.models import Fund
from members.mail_choosing import unwilling
from members.models import MailKind, Member

BEFORE_END = datetime.timedelta(hours=48)


def follow(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Get its news, and a reminder before its end. Raises ValidationError (`campaign_closed`) before its launch."""
    if campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    _want(campaign, by, now, "news", "end")


def remind_at_launch(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Be told when it can be supported. Raises ValidationError (`campaign_launched`)."""
    if campaign.fund_id is not None:
        raise ValidationError(_("This campaign is live already."), code="campaign_launched")
    _want(campaign, by, now, "launch")


def remind_before_end(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """Be told two days before its end. Raises ValidationError (`too_late`) when less than that is left."""
    if not can_be_reminded(campaign.fund, now=now):
        raise ValidationError(_("It ends in less than two days."), code="too_late")
    _want(campaign, by, now, "end")


def can_be_reminded(fund: Fund | None, *, now: datetime.datetime) -> bool:
    """Whether the moment of the reminder before the end is still to come."""
    return fund is not None and fund.state == Fund.State.OPEN and now < fund.deadline_at - BEFORE_END


def unfollow(campaign: Campaign, *, by: Member) -> None:
    """Hear nothing more of it; what was told stays known, so that nothing is told twice."""
    Following.objects.filter(campaign=campaign, member=by).update(news=False, launch=False, end=False)


def _want(campaign: Campaign, by: Member, now: datetime.datetime, *wishes: str) -> None:
    """One row a member and campaign, however often and in how many windows at once somebody asks."""
    row = Following(campaign=campaign, member=by, since_at=now, **dict.fromkeys(wishes, True))
    Following.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["campaign", "member"], update_fields=[*wishes, "since_at"]
    )


def launch_untold(*, limit: int) -> list[Following]:
    """Those who asked to hear of a launch that has happened."""
    return list(
        Following.objects.filter(launch=True, launch_told_at=None, campaign__fund__isnull=False)
        .exclude(member__in=unwilling(MailKind.REMINDERS))
        .select_related("campaign__fund", "campaign__facility", "member")
        .order_by("pk")[:limit]
    )


def tell_launch(following: Following, *, now: datetime.datetime) -> bool:
    """Say that it is live; to nobody when it has ended since. True when this call said it."""
    with transaction.atomic():
        if not Following.objects.filter(pk=following.pk, launch=True, launch_told_at=None).update(launch_told_at=now):
            return False
        fund = following.campaign.fund
        return fund is not None and fund.takes_commitments(now) and mailing.launched(following)


def end_untold(*, now: datetime.datetime, limit: int) -> list[Following]:
    """Those who wanted to be reminded, do not support it yet, and whose campaign ends within two days.

    Who asked within these two days knows; who supports it hears of the close from `funding.mailing`.
    """
    supports = Pledge.objects.filter(campaign=OuterRef("campaign"), member=OuterRef("member")).standing()
    return list(
        Following.objects.filter(
            ~Exists(supports),
            end=True,
            end_told_at=None,
            campaign__fund__state=Fund.State.OPEN,
            campaign__fund__deadline_at__lte=now + BEFORE_END,
            campaign__fund__deadline_at__gt=now,
            since_at__lte=F("campaign__fund__deadline_at") - BEFORE_END,
        )
        .exclude(member__in=unwilling(MailKind.REMINDERS))
        .select_related("campaign__fund", "campaign__facility", "member")
        .order_by("pk")[:limit]
    )


def tell_end(following: Following, *, now: datetime.datetime) -> bool:
    """Remind of the end. True when this call did."""
    with transaction.atomic():
        if not Following.objects.filter(pk=following.pk, end=True, end_told_at=None).update(end_told_at=now):
            return False
        return mailing.ends_soon(following)


def followers_of(campaign: Campaign) -> int:
    """How many want to be told something; for its producers."""
    return Following.objects.filter(campaign=campaign).active().count()
