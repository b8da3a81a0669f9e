"""Who may keep an organisation's purse."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from members.access import holds_role
from members.models import Member, Membership

Role = Membership.Role


def may_keep_purse(member: Member | AnonymousUser, organisation_id: UUID) -> bool:
    """Confirm promises in writing, record what arrives, assign and return it: owners and treasurers."""
    return holds_role(member, organisation_id, Role.OWNER, Role.TREASURER)


def may_change_bank(member: Member | AnonymousUser, organisation_id: UUID) -> bool:
    """Say where transfers go: owners."""
    return holds_role(member, organisation_id, Role.OWNER)
