"""Who holds which role: invited by an owner, accepted by whoever owns the address, ended by either."""

from __future__ import annotations

import datetime

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from members import mailing
from members.access import holds_role
from members.models import Invitation, Member, MemberManager, Membership, Organisation
from members.moves import move_or_refuse, record

Role = Membership.Role
LIFETIME = datetime.timedelta(days=14)
# Nobody sends mails to the whole town in an organisation's name.
MOST_OPEN = 20
_SALT = "members.appointing"


def invite(*, organisation: Organisation, email: str, role: str, by: Member, now: datetime.datetime) -> Invitation:
    """Ask an address to take a role, by a mail with a signed link. Asked again, the mail is sent anew and holds longer.

    Raises ValidationError: `not_owner`, `email_malformed`, `role_held`, `too_many_invitations`.
    """
    _refuse_unless_owner(organisation, by)
    email = MemberManager.normalize_email(email)
    try:
        validate_email(email)
    except ValidationError as malformed:
        raise ValidationError(_("This is no e-mail address."), code="email_malformed") from malformed
    with transaction.atomic():
        _hold(organisation)
        if Membership.objects.filter(organisation=organisation, member__email=email, role=role).exists():
            raise ValidationError(_("This member holds the role already."), code="role_held")
        still_open = Invitation.objects.filter(organisation=organisation, state=Invitation.State.OPEN)
        row = still_open.filter(email=email, role=role).first()
        if row is None:
            if still_open.filter(expires_at__gt=now).count() >= MOST_OPEN:
                raise ValidationError(
                    _("%(most)d invitations wait for an answer. Withdraw some of them first."),
                    code="too_many_invitations",
                    params={"most": MOST_OPEN},
                )
            row = Invitation(organisation=organisation, email=email, role=role, invited_by=by)
        row.invited_at, row.expires_at = now, now + LIFETIME
        is_new = row._state.adding
        row.save()
        if is_new:
            record(row, "", row.state, by=by, now=now, why=role)
        _send(row, by)
    return row


def open_invitation(token: str, *, now: datetime.datetime) -> Invitation | None:
    """The invitation of a mail's link, while it waits for an answer; None for a link that opens nothing (any more)."""
    try:
        key = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    waiting = Invitation.objects.filter(pk=key, state=Invitation.State.OPEN, expires_at__gt=now)
    return waiting.select_related("organisation", "invited_by").first()


def accept_invitation(invitation: Invitation, *, by: Member, now: datetime.datetime) -> None:
    """Take the role. Raises ValidationError: `invited_other`, `invitation_expired`, `state_changed`."""
    if by.email != invitation.email:
        raise ValidationError(
            _("This invitation is for %(email)s. Log in with that address."),
            code="invited_other",
            params={"email": invitation.email},
        )
    if now >= invitation.expires_at:
        raise ValidationError(_("This invitation has expired. Ask for a new one."), code="invitation_expired")
    with transaction.atomic():
        _hold(invitation.organisation)
        move_or_refuse(invitation, Invitation.State.ACCEPTED, by=by, now=now)
        _appoint(invitation.organisation, by, invitation.role, by=invitation.invited_by, now=now)


def withdraw_invitation(invitation: Invitation, *, by: Member, now: datetime.datetime) -> None:
    """The owner thinks again. Raises ValidationError: `not_owner`, `state_changed`."""
    _refuse_unless_owner(invitation.organisation, by)
    move_or_refuse(invitation, Invitation.State.WITHDRAWN, by=by, now=now)


def end_role(membership: Membership, *, by: Member, now: datetime.datetime) -> None:
    """End a role: one's own, or as an owner anybody's. The last owner stays.

    Raises ValidationError: `not_owner`, `last_owner`, `state_changed`.
    """
    if membership.member_id != by.pk:
        _refuse_unless_owner(membership.organisation, by)
    with transaction.atomic():
        _hold(membership.organisation)
        held = Membership.objects.filter(organisation=membership.organisation_id)
        if membership.role == Role.OWNER and held.filter(role=Role.OWNER).count() <= 1:
            raise ValidationError(
                _("%(organisation)s needs an owner. Invite another one first."),
                code="last_owner",
                params={"organisation": membership.organisation.name},
            )
        if not held.filter(pk=membership.pk).delete()[0]:
            raise ValidationError(_("This role has ended already."), code="state_changed")
        record(membership, membership.role, "ended", by=by, now=now, why=_whose(membership))


def _appoint(
    organisation: Organisation, member: Member, role: str, *, by: Member | None, now: datetime.datetime
) -> None:
    membership, is_new = Membership.objects.get_or_create(organisation=organisation, member=member, role=role)
    if is_new:
        record(membership, "", role, by=by, now=now, why=_whose(membership))


def _whose(membership: Membership) -> str:
    """For the history: the row itself is gone when the role has ended. Ids alone: they outlive nobody's name."""
    return f"{membership.organisation_id} {membership.member_id}"


def _hold(organisation: Organisation) -> None:
    """Two owners who leave at the same moment are asked one after the other."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def _refuse_unless_owner(organisation: Organisation, by: Member) -> None:
    if not holds_role(by, organisation.pk, Role.OWNER):
        raise ValidationError(_("Only an owner decides who acts for an organisation."), code="not_owner")


def _send(row: Invitation, by: Member) -> None:
    known = Member.objects.filter(email=row.email).first()
    mailing.send_to(
        row.email,
        "members/mail/invitation",
        {"invitation": row, "inviter": by, "token": signing.dumps(str(row.pk), salt=_SALT)},
        like=known or by,
    )
