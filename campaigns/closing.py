"""The end of a campaign: fixing amounts at the close, cancelling, and handing over what arrived."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from funding import closing, settling
from funding.models import Fund
from members.models import Member
from payments.booking import Kind


def to_fix(*, now: datetime.datetime) -> list[UUID]:
    """Campaigns whose fund waits for its amounts."""
    return list(Campaign.objects.filter(fund__in=closing.drained(now=now)).values_list("pk", flat=True))


def fix(campaign_id: UUID, *, now: datetime.datetime) -> Fund:
    """Everybody is charged what they promised; what must arrive is the published minimum."""
    fund = _fund(Campaign.objects.select_related("fund").get(pk=campaign_id))
    return closing.fix(fund.pk, required=fund.money(fund.minimum_minor), amounts=None, now=now)


def cancel(campaign: Campaign, *, by: Member, now: datetime.datetime, why: str) -> None:
    """Call a campaign off: everybody is released, or gets everything back. Raises as `funding.closing.cancel` does."""
    closing.cancel(_fund(campaign).pk, by=by, now=now, why=why)


def to_hand_over() -> list[UUID]:
    """Campaigns that reached their minimum and whose money has not been handed over."""
    return list(Campaign.objects.filter(fund__state=Fund.State.MET).values_list("pk", flat=True))


def hand_over(campaign_id: UUID, *, now: datetime.datetime) -> bool:
    """Book what arrived, less the processor's fees, as the organiser's, for the workshop. True when it was done.

    Waits, quietly, while a late payment is open or Stripe has not said what it kept.
    """
    campaign = Campaign.objects.select_related("fund__account__receiver", "facility__organisation").get(pk=campaign_id)
    fund = _fund(campaign)
    share = settling.Share(
        kind=Kind.ORGANISER,
        subject_id=campaign.facility.organisation_id,
        name=campaign.facility.organisation.name,
        amount_minor=settling.left(fund).minor,
    )
    try:
        settling.settle(fund.pk, shares=[share], by=None, now=now)
    except ValidationError as refusal:
        if refusal.code in ("commitments_open", "refund_waits", "fees_not_known", "fund_not_met", "fund_not_zero"):
            return False
        raise
    return True


def _fund(campaign: Campaign) -> Fund:
    if campaign.fund is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    return campaign.fund
