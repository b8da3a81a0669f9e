"""Who may furnish a workshop."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from facilities.models import Facility
from members.access import holds_role
from members.models import Member, Membership

FURNISHING_ROLES = (Membership.Role.OWNER, Membership.Role.PRODUCER)


def may_furnish(member: Member | AnonymousUser, facility: Facility) -> bool:
    """Owners and producers of its organisation set machines, materials, rates, prices and the wage."""
    return holds_role(member, facility.organisation_id, *FURNISHING_ROLES)
