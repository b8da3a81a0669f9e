"""Who may do what about campaigns."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from campaigns.models import Campaign, Comment, Pledge, Update
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
    from its sending to its launch, and administrators."""
    if isinstance(member, Member) and member.is_active and member.is_superuser:
        return True
    if campaign.stage in (Campaign.Stage.IN_REVIEW, Campaign.Stage.APPROVED) and may_review(member, campaign):
        return True
    return holds_role(member, campaign.facility.organisation_id)


def may_follow_money(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """See each supporter's charge: those who manage, and treasurers."""
    return holds_role(member, campaign.facility.organisation_id, Role.OWNER, Role.PRODUCER, Role.TREASURER)


def owns(member: Member | AnonymousUser, pledge: Pledge) -> bool:
    return isinstance(member, Member) and pledge.member_id == member.pk


def reads_for_backers(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """Read what is for supporters only: those whose support stands, and whoever acts for the workshop."""
    if not isinstance(member, Member):
        return False
    supports = Pledge.objects.of_member(member).filter(campaign=campaign).standing().exists()
    return supports or may_see_draft(member, campaign)


def may_read(member: Member | AnonymousUser, update: Update) -> bool:
    """Read this news: nobody a draft's but those who act for the workshop."""
    if update.state == Update.State.DRAFT:
        return may_see_draft(member, update.campaign)
    return not update.is_for_backers or reads_for_backers(member, update.campaign)


def moderates_everywhere(member: Member | AnonymousUser) -> bool:
    """Hide and restore comments on every campaign: whoever an administrator gave that permission."""
    return isinstance(member, Member) and member.is_active and member.has_perm("campaigns.moderate_comments")


def may_moderate(member: Member | AnonymousUser, campaign: Campaign) -> bool:
    """Hide and restore what members write below a campaign."""
    return may_manage(member, campaign) or moderates_everywhere(member)


def wrote(member: Member | AnonymousUser, comment: Comment) -> bool:
    return isinstance(member, Member) and comment.member_id == member.pk
