"""The end of a campaign: fixing amounts at the close, cancelling, and handing over what arrived."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from funding import closing, locks, settling
from funding.models import Commitment, Fund
from members import approving
from members.models import Approval, Member, Membership
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


# Who asks for the end of a campaign that people have promised money to, and who agrees.
CANCELLING_ROLES = (Membership.Role.OWNER, Membership.Role.PRODUCER)


def needs_second_person(campaign: Campaign) -> bool:
    """Whether cancelling takes something from people: somebody has promised or paid."""
    standing = (Commitment.State.SECURED, *Commitment.UNDECIDED, Commitment.State.PAID)
    return Commitment.objects.filter(fund=campaign.fund_id, state__in=standing).exists()


def request_cancel(campaign: Campaign, *, by: Member, now: datetime.datetime, why: str) -> Approval | None:
    """Cancel what nobody has promised anything to; else ask for a second person, and give what waits for them.

    Raises as `funding.closing.cancel` does.
    """
    if not needs_second_person(campaign):
        cancel(campaign, by=by, now=now, why=why)
        return None
    return approving.ask(
        what=Approval.What.CANCEL_CAMPAIGN,
        subject_id=campaign.pk,
        organisation=campaign.facility.organisation,
        why=why,
        by=by,
        now=now,
    )


def approve_cancel(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """The second person agrees, and it is cancelled for the reason that the first gave.

    Raises ValidationError: `state_changed` when nothing waits, and what `members.approving.approve` and
    `funding.closing.cancel` raise.
    """
    with transaction.atomic():
        # The fund's lock is always the first one; `cancel` takes it again.
        locks.hold_alone(_fund(campaign).pk)
        approval = waiting_cancel(campaign, now=now)
        approving.approve(approval, *CANCELLING_ROLES, by=by, now=now)
        cancel(campaign, by=by, now=now, why=approval.why)


def decline_cancel(campaign: Campaign, *, by: Member, now: datetime.datetime, why: str) -> None:
    """It goes on. Raises ValidationError: `state_changed`, and what `members.approving.decline` raises."""
    approving.decline(waiting_cancel(campaign, now=now), *CANCELLING_ROLES, by=by, now=now, why=why)


def waiting_cancel(campaign: Campaign, *, now: datetime.datetime) -> Approval:
    """What waits for a second person. Raises ValidationError (`state_changed`) when nothing does."""
    approval = approving.waiting(Approval.What.CANCEL_CAMPAIGN, campaign.pk, now=now)
    if approval is None:
        raise ValidationError(_("Nothing waits for a second person any more."), code="state_changed")
    return approval


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
