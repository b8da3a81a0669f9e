"""What is promised and what has arrived, at a cost that does not grow with the number of promises.

Promises are counted, not people: how many people stand behind them nobody knows, since somebody may promise twice, have
two accounts, or promise for a family or a firm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from funding.models import Commitment, Fund, Tally

Kind = Tally.Kind


@dataclass(frozen=True, slots=True)
class Standing:
    """Sums over a fund, in minor units, with the number of promises, and of payments that arrived."""

    secured_minor: int = 0
    promises: int = 0
    collected_minor: int = 0
    payments: int = 0


def standing(fund_id: UUID) -> Standing:
    """How one fund stands; one query."""
    return standings([fund_id])[fund_id]


def standings(fund_ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """How each of these funds stands; one query whatever their number."""
    ids = list(fund_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT fund_id, kind, sum(amount_minor)::bigint, sum(promises)
            FROM funding_tally WHERE fund_id = ANY(%s) GROUP BY fund_id, kind
            """,
            [ids],
        )
        sums = {(pk, kind): (amount, number) for pk, kind, amount, number in cursor.fetchall()}
    return {pk: Standing(*sums.get((pk, Kind.SECURED), (0, 0)), *sums.get((pk, Kind.COLLECTED), (0, 0))) for pk in ids}


def add_secured(commitment: Commitment, minor: int, *, promises: int) -> None:
    """Note a change of what is promised; in the transaction that makes it."""
    Tally.objects.create(fund_id=commitment.fund_id, kind=Kind.SECURED, amount_minor=minor, promises=promises)


def add_collected(commitment: Commitment, minor: int, *, promises: int) -> None:
    """Note a change of what has arrived; in the transaction that makes it."""
    Tally.objects.create(fund_id=commitment.fund_id, kind=Kind.COLLECTED, amount_minor=minor, promises=promises)


def fold(fund: Fund) -> None:
    """Replace the fund's tally rows by one of each kind with the same sum, so that summing stays cheap.

    One statement: readers see the rows before or after. Two at once fold different rows, or none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH chosen AS (
                SELECT id FROM funding_tally WHERE fund_id = %s FOR UPDATE SKIP LOCKED
            ), gone AS (
                DELETE FROM funding_tally USING chosen WHERE funding_tally.id = chosen.id
                RETURNING fund_id, kind, amount_minor, promises
            )
            INSERT INTO funding_tally (fund_id, kind, amount_minor, promises)
            SELECT fund_id, kind, sum(amount_minor), sum(promises) FROM gone GROUP BY fund_id, kind
            """,
            [fund.pk],
        )
