"""Where promises come from, and when they came: counted in PostgreSQL, at one query each."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import TruncDate

from funding.forecasting import Past
from funding.models import Commitment, Fund
from payments.money import Money

# What was promised and not taken back, whatever became of it at the close.
KEPT = (
    Commitment.State.SECURED,
    *Commitment.UNDECIDED,
    Commitment.State.PAID,
    Commitment.State.RELEASED,
    Commitment.State.DROPPED,
)


class Day(NamedTuple):
    """What was promised on one day and kept since, and all until then."""

    on: datetime.date
    promises: int
    amount: Money
    whole: Money


def by_day(fund: Fund, zone: zoneinfo.ZoneInfo) -> list[Day]:
    """Each day on which something was promised, the first one first; days begin at midnight in `zone`."""
    kept = fund.commitments.filter(state__in=KEPT, secured_at__isnull=False)
    days = kept.annotate(on=TruncDate("secured_at", tzinfo=zone)).values("on")
    rows = days.annotate(promises=Count("pk"), minor=Sum("maximum_minor")).order_by("on")
    made, whole = [], 0
    for row in rows:
        whole += row["minor"]
        made.append(Day(row["on"], row["promises"], fund.money(row["minor"]), fund.money(whole)))
    return made


@dataclass(frozen=True, slots=True)
class Source:
    """So many promises of so much in all, all of one kind."""

    backing: str
    is_organisation: bool
    is_returning: bool
    promises: int
    amount: Money

    @property
    def backing_label(self) -> str:
        return str(Commitment.Backing(self.backing).label)


def sources(fund: Fund) -> list[Source]:
    """By backing, by person or organisation, by whether they have promised something to the same receiver before."""
    before = Commitment.objects.filter(
        member=OuterRef("member"),
        fund__receiver=fund.receiver_id,
        state__in=KEPT,
        created_at__lt=OuterRef("created_at"),
    ).exclude(fund=fund.pk)
    kept = fund.commitments.filter(state__in=KEPT).annotate(
        is_organisation=Q(organisation__isnull=False), is_returning=Exists(before)
    )
    rows = kept.values("backing", "is_organisation", "is_returning").annotate(
        promises=Count("pk"), minor=Sum("maximum_minor")
    )
    return [
        Source(row["backing"], row["is_organisation"], row["is_returning"], row["promises"], fund.money(row["minor"]))
        for row in rows.order_by("-minor")
    ]


def pasts(organisation_ids: Iterable[UUID]) -> dict[UUID, Past]:
    """How many promises each organisation has called so far, and how many failed."""
    ended = Commitment.objects.filter(
        fund__receiver__organisation__in=list(organisation_ids),
        state__in=(Commitment.State.PAID, Commitment.State.DROPPED),
    )
    rows = ended.values(receiving=F("fund__receiver__organisation")).annotate(
        ended=Count("pk"), dropped=Count("pk", filter=Q(state=Commitment.State.DROPPED))
    )
    return {row["receiving"]: Past(row["ended"], row["dropped"]) for row in rows}
