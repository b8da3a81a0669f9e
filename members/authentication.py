"""Personal API tokens: `Authorization: Bearer csm_…`."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from members.models import ApiToken, Member
from members.tokens import digest


class TokenAuthentication(BaseAuthentication):
    """Finds the member whose unrevoked token the request carries."""

    def authenticate(self, request: Request) -> tuple[Member, ApiToken] | None:
        kind, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = (
            ApiToken.objects.select_related("member").filter(key_sha256=digest(key.strip()), revoked_at=None).first()
        )
        if token is None or not token.member.is_active:
            raise AuthenticationFailed("This token is not known or was revoked.", code="token_invalid")
        return token.member, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names this."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key from `manage.py create_token`."}
