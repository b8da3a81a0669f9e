"""What may change about a launched campaign's terms: more of a reward, and a later deadline once."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Tier
from funding import extending
from members.models import Member
from members.moves import record


def raise_cap(tier: Tier, *, cap: int, by: Member, now: datetime.datetime) -> None:
    """There are more of a limited reward from now on; never fewer, and never none where there was a limit.

    Raises ValidationError: `campaign_closed`, `cap_not_higher` (also for a reward without a limit).
    """
    fund = tier.campaign.fund
    if fund is None or not fund.takes_commitments(now):
        raise ValidationError(_("This campaign takes no support any more."), code="campaign_closed")
    with transaction.atomic():
        # One statement: whoever takes one of it at the same moment sees either number.
        if not Tier.objects.filter(pk=tier.pk, cap__lt=cap).update(cap=cap):
            raise ValidationError(_("There can only be more of it than now."), code="cap_not_higher")
        stage = tier.campaign.stage
        record(tier.campaign, stage, stage, by=by, now=now, why=f"{cap} of “{tier.title}”")
    tier.cap = cap


def extend(campaign: Campaign, *, deadline_at: datetime.datetime, by: Member, now: datetime.datetime) -> None:
    """A later deadline, once; who promised is told, and may withdraw. Raises ValidationError: `campaign_closed`, and what
    `funding.extending.extend` raises."""
    if campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    campaign.fund = extending.extend(campaign.fund_id, deadline_at=deadline_at, by=by, now=now)
