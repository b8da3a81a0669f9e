"""Agreeing to the terms: at sign-up, and when a new version begins to bind."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Exists, Func, OuterRef

from members.models import Acceptance, LegalText, Member


def terms_in_force(*, now: datetime.datetime) -> LegalText | None:
    return LegalText.objects.in_force(now).filter(kind=LegalText.Kind.TERMS).first()


def terms_to_accept(member: Member, *, now: datetime.datetime | Func[Any]) -> LegalText | None:
    """The terms that bind now, if the member has not agreed to this version yet; one query when they have."""
    theirs = Acceptance.objects.filter(member=member, text=OuterRef("pk"))
    terms = LegalText.objects.in_force(now).filter(kind=LegalText.Kind.TERMS)
    row = terms.annotate(is_accepted=Exists(theirs)).values_list("pk", "is_accepted").first()
    return None if row is None or row[1] else LegalText.objects.get(pk=row[0])


def accept(text: LegalText, *, by: Member, now: datetime.datetime) -> None:
    """Agree; twice is once, and the first time counts."""
    Acceptance.objects.bulk_create([Acceptance(member=by, text=text, accepted_at=now)], ignore_conflicts=True)
