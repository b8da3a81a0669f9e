"""What a close would do, without doing it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum

from funding.models import Commitment, Fund
from payments.money import Money


class Foreseen(NamedTuple):
    """What would become of one promise."""

    commitment_id: UUID
    maximum: Money
    sentence: str


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would become of a fund, and of each of its promises."""

    sentence: str
    promises: list[Foreseen]


def closable(*, now: datetime.datetime, ahead: bool) -> list[Fund]:
    """Open funds whose deadline has come; with `ahead` every open one."""
    funds = Fund.objects.filter(state=Fund.State.OPEN).order_by("deadline_at")
    return list(funds if ahead else funds.filter(deadline_at__lte=now))


def foresee(fund: Fund) -> Foresight:
    """The first decision as it would fall now; nothing is locked or moved."""
    promises = fund.commitments.filter(state__in=(Commitment.State.SECURED, Commitment.State.DRAFT)).order_by("pk")
    total = promises.filter(state=Commitment.State.SECURED).aggregate(total=Sum("maximum_minor"))["total"] or 0
    secured, minimum = fund.money(int(total)), fund.money(fund.minimum_minor)
    enough = secured >= minimum
    said = {
        Commitment.State.SECURED: "would be charged at most this" if enough else "would be released, never charged",
        Commitment.State.DRAFT: "is not finished; would be abandoned when its card page expires",
    }
    return Foresight(
        sentence=f"{secured} promised, the minimum is {minimum}: "
        + ("the cards would be charged" if enough else "nobody would be charged"),
        promises=[Foreseen(one.pk, one.maximum, said[Commitment.State(one.state)]) for one in promises.iterator()],
    )
