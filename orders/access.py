"""Who may do what about runs and orders."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from facilities.models import Facility
from members.access import holds_role
from members.models import Member, Membership

Role = Membership.Role


def may_produce(member: Member | AnonymousUser, facility: Facility) -> bool:
    """Open, cancel and settle runs: owners and producers of the workshop's organisation."""
    return holds_role(member, facility.organisation_id, Role.OWNER, Role.PRODUCER)


def may_record(member: Member | AnonymousUser, facility: Facility) -> bool:
    """Write down actual minutes, materials and invoices: operators and those who produce."""
    return holds_role(member, facility.organisation_id, Role.OWNER, Role.PRODUCER, Role.OPERATOR)
