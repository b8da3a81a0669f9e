"""Personal API tokens: `Authorization: Bearer csm_…`."""

from __future__ import annotations

import hashlib

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from members.models import ApiToken, Member


class TokenAuthentication(BaseAuthentication):
    """Finds the member whose unrevoked token the request carries."""

    def authenticate(self, request: Request) -> tuple[Member, ApiToken] | None:
        kind, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = (
            ApiToken.objects.select_related("member")
            .filter(key_sha256=hashlib.sha256(key.strip().encode()).hexdigest(), revoked_at=None)
            .first()
        )
        if token is None or not token.member.is_active:
            raise AuthenticationFailed("This token is not known or was revoked.", code="token_invalid")
        return token.member, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
