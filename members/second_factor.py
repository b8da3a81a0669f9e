"""Whoever acts for others proves with a second factor that it is them, where the installation asks for it."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings

from members.models import Member, Membership


def has_one(member: Member) -> bool:
    """Recovery codes alone are none: they come with a second factor, for the day on which it is lost."""
    found: bool = Authenticator.objects.filter(user=member).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    return found


def withholds_roles(member: Member) -> bool:
    """Whether whatever roles the member holds open nothing yet."""
    return bool(settings.MFA_FOR_ROLES) and not has_one(member)


def is_missing(member: Member) -> bool:
    """Whether the member holds a role, or administers the installation, without the second factor that it asks for."""
    if not settings.MFA_FOR_ROLES:
        return False
    holds = member.is_staff or member.is_superuser or Membership.objects.filter(member=member).exists()
    return holds and not has_one(member)
