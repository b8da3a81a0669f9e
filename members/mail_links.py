"""The signed address in a mail with which its reader stops mails of that kind, without logging in."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core import signing

from members.models import MailKind

_SALT = "members.mail_links"


def unsubscribe_link(member_id: UUID, kind: MailKind) -> str:
    """Where one kind of mails is switched off. It holds for ever: an old mail's link must work too."""
    return f"{settings.SITE_URL}/mails/{signing.dumps([str(member_id), kind.value], salt=_SALT)}/"


def headers(link: str) -> dict[str, str]:
    """What lets a mail program show a button of its own, which posts to `link` without opening it (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def opened(token: str) -> tuple[UUID, MailKind] | None:
    """Whose mails of which kind a link is about; None when it is none of ours."""
    try:
        member_id, kind = signing.loads(token, salt=_SALT)
        return UUID(member_id), MailKind(kind)
    except (signing.BadSignature, ValueError):
        return None
