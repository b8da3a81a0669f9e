"""Who may do what about campaigns."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from campaigns.models import Campaign, Pledge
from members.access import holds_role
from members.models import Member, Membership

Role = Membership.Role
REVIEW = "campaigns.review_campaign"


def may_manage(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """Launch, cancel, edit: owners and producers of the workshop's organisation."""
    return holds_role(member, campaign.facility.organisation_id, Role.OWNER, Role.PRODUCER)


def may_review(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """Approve it or ask for changes: whoever holds the permission, and did not send it to review."""
    return member.has_perm(REVIEW) and campaign.submitted_by_id != member.pk


def may_see_draft(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """Read a draft's page before its launch: whoever has any role in the workshop's organisation, who may review it
    once it is no draft any more, and administrators."""
    if isinstance(member, Member) and member.is_active and member.is_superuser:
        return True
    if campaign.stage != Campaign.Stage.DRAFT and may_review(member, campaign):
        return True
    return holds_role(member, campaign.facility.organisation_id)


def may_follow_money(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """See each supporter's charge: those who manage, and treasurers."""
    return holds_role(member, campaign.facility.organisation_id, Role.OWNER, Role.PRODUCER, Role.TREASURER)


def owns(member: Member | AnonymousUser, pledge: Pledge) -> bool:
    return isinstance(member, Member) and pledge.member_id == member.pk
