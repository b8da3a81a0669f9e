"""What each table holds about members: shown to them whole, and erased with them but for what the books need.

Every app lists its own tables in its `personal` module; the roof joins the lists. A test goes over all fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from members.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One table with rows about members.

    `owners` are paths to the member, as in a filter; `addresses` name fields that hold an e-mail address instead.
    """

    model: str
    owners: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    # What is personal, and what becomes of it.
    erased: Mapping[str, Any] = field(default_factory=dict)
    # Text that stays: it describes no person, or the books need it (docs/adr/0012-erasure-against-books.md).
    kept: tuple[str, ...] = ()
    # What is personal, and stays for as long as the organisation that was paid keeps its papers.
    kept_for_a_while: tuple[str, ...] = ()
    # Keys to the account, which are shown to nobody.
    secret: tuple[str, ...] = ()
    # The rows themselves go.
    is_deleted: bool = False

    def rows(self, member: Member) -> QuerySet[Any]:
        found = Q(pk__in=[])
        for path in self.owners:
            found |= Q(**{path: member.pk})
        for name in self.addresses:
            found |= Q(**{name: member.email})
        rows: QuerySet[Any] = apps.get_model(self.model)._default_manager.filter(found)
        return rows

    def shown(self, member: Member) -> Iterator[dict[str, Any]]:
        """Each row as it stands, without its secrets, in flat memory."""
        rows = self.rows(member)
        names = [one.attname for one in rows.model._meta.concrete_fields if one.name not in self.secret]
        return rows.order_by("pk").values(*names).iterator(chunk_size=500)

    def erase(self, member: Member) -> None:
        rows = self.rows(member)
        if self.is_deleted:
            rows.delete()
        elif self.erased:
            rows.update(**self.erased)


def declared(*lists: tuple[Held, ...]) -> dict[type[Model], Held]:
    return {apps.get_model(held.model): held for one in lists for held in one}


# The member's own row is erased by the verb itself, last: others are found by its address.
HELD = (
    Held(
        model="members.Member",
        owners=("pk",),
        kept=("locale", "time_zone", "email", "display_name", "password"),
        secret=("password",),
    ),
    Held(model="members.Membership", owners=("member",)),
    Held(model="members.Acceptance", owners=("member",)),
    Held(model="members.Invitation", owners=("invited_by",), kept=("email",)),
    Held(
        model="members.ApiToken", owners=("member",), erased={"name": ""}, kept=("key_sha256",), secret=("key_sha256",)
    ),
    Held(model="members.Approval", owners=("asked_by", "decided_by"), kept=("parameters", "why")),
    Held(model="members.MailChoice", owners=("member",), is_deleted=True),
    Held(model="members.StoredAnswer", owners=("member",), is_deleted=True),
    Held(model="members.Transition", owners=("by",), kept=("subject_model", "from_state", "to_state", "why")),
    Held(model="account.EmailAddress", owners=("user",), is_deleted=True),
    Held(model="mfa.Authenticator", owners=("user",), secret=("data",), is_deleted=True),
    Held(model="usersessions.UserSession", owners=("user",), secret=("session_key",), is_deleted=True),
    Held(model="post_office.Email", addresses=("to",), is_deleted=True),
)
