"""Making and revoking personal API tokens."""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.models import ApiToken, Member

PREFIX = "csm_"


def create_token(*, member: Member, name: str, now: datetime.datetime) -> tuple[ApiToken, str]:
    """A new token and its key, which is shown this once and kept only as its SHA-256.

    Raises ValidationError: `member_inactive`.
    """
    if not member.is_active:
        raise ValidationError(_("This member may not log in."), code="member_inactive")
    key = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(member=member, name=name, key_sha256=digest(key), created_at=now)
    token.save(force_insert=True)
    return token, key


def revoke_token(token: ApiToken, *, now: datetime.datetime) -> None:
    """The key opens nothing any more; revoking twice is once."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


def digest(key: str) -> str:
    """What is kept of a key. It is 256 random bits, so that a plain hash cannot be guessed backwards."""
    return hashlib.sha256(key.encode()).hexdigest()
