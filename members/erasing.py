"""Erasing a member: their row stays as a number that the books can point at, and says nothing of them."""

from __future__ import annotations

import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from members import mailing, zones
from members.models import ApiToken, Invitation, Member, Membership
from members.moves import move_all, record

_SALT = "members.erasing"
LINK_LIFETIME = datetime.timedelta(days=1)


def reasons_against(member: Member) -> list[ValidationError]:
    """Organisations that would be left without an owner (`last_owner`)."""
    owned = Membership.objects.filter(role=Membership.Role.OWNER)
    alone = (
        owned.values("organisation__name")
        .annotate(owners=Count("pk"), own=Count("pk", filter=Q(member=member)))
        .filter(owners=1, own=1)
    )
    return [
        ValidationError(
            _("%(organisation)s has no other owner. Invite one first."),
            code="last_owner",
            params={"organisation": row["organisation__name"]},
        )
        for row in alone
    ]


def ask_again_by_mail(member: Member) -> None:
    """The second step of two: a mail with a link that whoever is only at the keyboard cannot open."""
    mailing.send(member, "members/mail/erasure", {"token": signing.dumps(str(member.pk), salt=_SALT)})


def is_link_of(token: str, member: Member) -> bool:
    """Whether `token` was mailed to this member within a day."""
    try:
        return bool(signing.loads(token, salt=_SALT, max_age=LINK_LIFETIME) == str(member.pk))
    except signing.BadSignature:
        return False


def refuse_erased(member: Member) -> None:
    """Keep the member from being erased until the transaction ends: what is written about them is seen by the erasure.

    Many may hold this lock at once; the erasure's keeps all of them out. (Django's foreign keys would take it at the
    commit only.) Raises ValidationError (`member_erased`).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM members_member WHERE id = %s AND erased_at IS NULL FOR KEY SHARE", [member.pk])
        if cursor.fetchone() is None:
            raise ValidationError(_("This account is erased."), code="member_erased")


def leave_everything(member: Member, *, now: datetime.datetime) -> None:
    """End what lets the member, or others in their name, act: log-ins, keys, roles, invitations."""
    for session in UserSession.objects.filter(user=member):
        session.end()
    ApiToken.objects.filter(member=member, revoked_at=None).update(revoked_at=now)
    for row in Membership.objects.filter(member=member):
        record(row, row.role, "ended", by=member, now=now, why=f"{row.organisation_id} {row.member_id}")
        row.delete()
    theirs = Invitation.objects.filter(email=member.email)
    move_all(theirs, Invitation.State.OPEN, Invitation.State.WITHDRAWN, by=member, now=now)
    theirs.update(email=nobodys_address(member))


def forget_member(member: Member, *, now: datetime.datetime) -> None:
    """What the row itself says."""
    member.email, member.display_name = nobodys_address(member), ""
    member.locale, member.time_zone = settings.LANGUAGE_CODE, zones.installation_zone()
    member.is_active = member.is_staff = member.is_superuser = False
    member.last_login, member.erased_at = None, now
    member.set_unusable_password()
    member.save()
    member.groups.clear()
    member.user_permissions.clear()
    record(member, "", "erased", by=member, now=now)


def nobodys_address(member: Member) -> str:
    """Unique, and by RFC 2606 never anybody's."""
    return f"erased-{member.pk}@erased.invalid"
