"""Who may maintain a design."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from members.access import holds_role
from members.models import Member, Membership
from products.models import Design

MAINTAINING_ROLES = (Membership.Role.OWNER, Membership.Role.PRODUCER)


def may_maintain(member: Member | AnonymousUser, design: Design) -> bool:
    """Its maintainer, or owners and producers of the organisation that maintains it, draft and release versions."""
    if design.maintainer_organisation_id is not None:
        return holds_role(member, design.maintainer_organisation_id, *MAINTAINING_ROLES)
    return isinstance(member, Member) and member.is_active and member.pk == design.maintainer_member_id
