"""Which mails a member wants."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.db.models import QuerySet

from members.models import MailChoice, MailKind, Member


def wants(member: Member, kind: MailKind) -> bool:
    """Whether they get mails of this kind."""
    return not MailChoice.objects.filter(member=member, kind=kind, is_wanted=False).exists()


def unwilling(kind: MailKind) -> QuerySet[MailChoice, UUID]:
    """The ids of those who do not want mails of this kind, to leave them out of a look for readers."""
    return MailChoice.objects.filter(kind=kind, is_wanted=False).values_list("member_id", flat=True)


def wanted(member: Member) -> set[MailKind]:
    """The kinds that they get."""
    refused = MailChoice.objects.filter(member=member, is_wanted=False).values_list("kind", flat=True)
    return set(MailKind) - {MailKind(kind) for kind in refused}


def choose(member_id: UUID, kind: MailKind, is_wanted: bool, *, now: datetime.datetime) -> None:
    """Get mails of this kind, or not; choosing twice, or in two windows at once, leaves one choice."""
    row = MailChoice(member_id=member_id, kind=kind, is_wanted=is_wanted, chosen_at=now)
    MailChoice.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["member", "kind"],
        update_fields=["is_wanted", "chosen_at"],
    )
