"""Who may act for an organisation."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from members.models import Member, Membership
from members.second_factor import withholds_roles


def holds_role(member: Member | AnonymousUser, organisation_id: UUID, *roles: str) -> bool:
    """True when `member` holds any of `roles` (any role at all when none is named) in the organisation.

    Without the second factor that the installation asks for, a role opens nothing.
    """
    if not isinstance(member, Member) or not member.is_active:
        return False
    held = Membership.objects.filter(member=member, organisation_id=organisation_id)
    return (held.filter(role__in=roles) if roles else held).exists() and not withholds_roles(member)
