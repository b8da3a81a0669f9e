"""Invariants told in SQL: each statement selects the rows that break it, as (what, why)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection


class Invariant(NamedTuple):
    """`sql` selects two columns of text, one row a breach; nothing when all is well."""

    name: str
    sql: str


class Breach(NamedTuple):
    """One row that breaks an invariant."""

    invariant: str
    what: str
    why: str


MOST = 100


def breaches(invariants: Iterable[Invariant]) -> list[Breach]:
    """Every breach, at most a hundred of each invariant. One statement each, so that each sees one moment."""
    found = []
    with connection.cursor() as cursor:
        for invariant in invariants:
            # Nothing in it comes from outside: invariants are constants of the code.
            cursor.execute(
                f"SELECT what::text, why::text FROM ({invariant.sql}) AS breach (what, why) LIMIT {MOST}"  # noqa: S608
            )
            found += [Breach(invariant.name, what, why) for what, why in cursor.fetchall()]
    return found
