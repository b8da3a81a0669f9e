"""Finding campaigns: by words, by how they stand, by what their workshop can do, by where they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection, models, transaction
from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Extract
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, CampaignQuerySet
from facilities import placing
from facilities.models import Machine
from facilities.placing import Point
from funding.models import Fund, Tally

PAGE = 24
# Beyond it nobody counts.
MOST_COUNTED = 1_000
MOST_WORDS = 8
# How much of a mistyped word must be right.
ALIKE = "0.5"
# Later than any moment in seconds, more than any rank: what it is added to comes behind everything else.
LAST = 10**11
RANKS = 1_000_000


class Stands(models.TextChoices):
    """How a campaign stands, as people ask for it."""

    RUNNING = "running", _("Running")
    REACHED = "reached", _("Reached")
    ENDED = "ended", _("Not reached")


STATES: dict[str, tuple[Fund.State, ...]] = {
    Stands.RUNNING: (Fund.State.OPEN, Fund.State.CLOSING, Fund.State.CALLING, Fund.State.COLLECTING),
    Stands.REACHED: (Fund.State.MET, Fund.State.SETTLED),
    Stands.ENDED: (Fund.State.MISSED, Fund.State.CANCELLED, Fund.State.REFUNDING, Fund.State.REFUNDED),
}


class Order(models.TextChoices):
    """In which order; `BEST` needs words and `NEAR` a place."""

    BEST = "best", _("Best match")
    NEAR = "near", _("Nearest")
    ENDING = "ending", _("Ending soon")
    NEWEST = "newest", _("Newest")
    SUPPORTED = "supported", _("Most supported")


class After(NamedTuple):
    """The last campaign of the page before: its place in the order, and its id."""

    key: int
    pk: UUID

    def __str__(self) -> str:
        return f"{self.key}~{self.pk}"


def after_from(text: str) -> After | None:
    """What `After` wrote; None when nobody gave it out."""
    found = re.fullmatch(r"(-?\d{1,15})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", text, re.ASCII)
    return None if found is None else After(int(found[1]), UUID(found[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for; `near` with `km` is a circle."""

    text: str = ""
    state: str = ""
    process: str = ""
    near: Point | None = None
    km: int = 50
    order: str = ""
    after: After | None = None

    @property
    def words(self) -> list[str]:
        return [word[:40] for word in re.findall(r"[^\W_]+", self.text.lower())[:MOST_WORDS]]

    @property
    def ordered_by(self) -> str:
        """The order asked for, when it makes sense; else what is asked for decides it."""
        sensible = {Order.BEST: bool(self.words), Order.NEAR: self.near is not None}
        if self.order in Order.values and sensible.get(Order(self.order), True):
            return self.order
        return Order.BEST if self.words else Order.NEAR if self.near is not None else Order.ENDING


@dataclass(frozen=True, slots=True)
class Found:
    """One page of campaigns, each with `metres` when a place was asked for. `number` counts all, to MOST_COUNTED at
    most; `is_alike`: nothing had the very words, these have some that are nearly written so."""

    campaigns: list[Campaign]
    number: int
    after: After | None
    is_alike: bool = False


def find(wanted: Wanted, *, most: int = PAGE, counted: bool = True) -> Found:
    """One page of what is wanted; how many there are in all only when `counted`.

    At most four queries, and two that set and end a threshold when words are mistyped.
    """
    if wanted.text.strip() and not wanted.words:
        return Found([], 0, None)
    found = _page(_worded(wanted), wanted, most, counted)
    if found.campaigns or found.number or not wanted.words:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [ALIKE])
        alike = _page(_alike(wanted), wanted, most, counted)
    return Found(alike.campaigns, alike.number, alike.after, is_alike=bool(alike.campaigns))


def _page(rows: CampaignQuerySet, wanted: Wanted, most: int, counted: bool) -> Found:
    rows = _filtered(rows, wanted)
    number = rows.order_by().values("pk")[:MOST_COUNTED].count() if counted else 0
    if counted and not number:
        return Found([], 0, None)
    ordered = rows.annotate(key=_KEYS[wanted.ordered_by](wanted)).order_by("key", "pk")
    if wanted.after is not None:
        key, pk = wanted.after
        ordered = ordered.filter(Q(key__gt=key) | Q(key=key, pk__gt=pk))
    campaigns: list[Any] = list(ordered.select_related("fund", "facility")[: most + 1])
    more = len(campaigns) > most
    campaigns = campaigns[:most]
    return Found(campaigns, number, After(campaigns[-1].key, campaigns[-1].pk) if more else None)


def _worded(wanted: Wanted) -> CampaignQuerySet:
    """Those that have every word, or one that begins so."""
    campaigns = Campaign.objects.public()
    if not wanted.words:
        return campaigns
    query = SearchQuery(" & ".join(f"{word}:*" for word in wanted.words), config="csm_words", search_type="raw")
    # In the thousandth parts of a thousandth, so that a place in the order can be written down exactly.
    rank = Cast(SearchRank(F("entry__words"), query) * RANKS, BigIntegerField())
    return campaigns.filter(entry__words=query).annotate(rank=rank)


def _alike(wanted: Wanted) -> CampaignQuerySet:
    """Those whose title or place has words much like these."""
    campaigns, plain = Campaign.objects.public(), F("entry__plain")
    for word in _without_accents(wanted.words):
        campaigns = campaigns.filter(TrigramWordSimilar(plain, Value(word)))
    similar = TrigramWordSimilarity(" ".join(_without_accents(wanted.words)), plain)
    return campaigns.annotate(rank=Cast(similar * RANKS, BigIntegerField()))


def _without_accents(words: list[str]) -> list[str]:
    parted = (unicodedata.normalize("NFKD", word) for word in words)
    return ["".join(letter for letter in word if not unicodedata.combining(letter)) for word in parted]


def _filtered(rows: CampaignQuerySet, wanted: Wanted) -> CampaignQuerySet:
    if wanted.state in STATES:
        rows = rows.filter(fund__state__in=STATES[wanted.state])
    if wanted.process:
        machines = Machine.objects.filter(facility=OuterRef("facility"), process=wanted.process)
        rows = rows.filter(Exists(machines.exclude(state=Machine.State.RETIRED)))
    if wanted.near is not None:
        rows = rows.filter(placing.within(wanted.near, wanted.km, "facility__"))
        rows = rows.annotate(metres=placing.metres(wanted.near, "facility__")).filter(metres__lte=wanted.km * 1000)
    return rows


def _seconds(column: str) -> Cast:
    return Cast(Extract(column, "epoch"), BigIntegerField())


def _running_first(wanted: Wanted) -> Case:
    """By the deadline, then what is over, the latest first."""
    running = When(fund__state__in=STATES[Stands.RUNNING], then=_seconds("fund__deadline_at"))
    return Case(running, default=Value(LAST) - _seconds("fund__deadline_at"))


def _best(wanted: Wanted) -> Case:
    running = When(fund__state__in=STATES[Stands.RUNNING], then=Value(0) - F("rank"))
    return Case(running, default=Value(LAST) - F("rank"), output_field=BigIntegerField())


def _supported(wanted: Wanted) -> models.expressions.CombinedExpression:
    tallies = Tally.objects.filter(fund=OuterRef("fund"), kind=Tally.Kind.SECURED).order_by().values("fund")
    promises = Subquery(tallies.annotate(number=Sum("promises")).values("number"))
    return Value(0) - Coalesce(promises, 0, output_field=BigIntegerField())


_KEYS: dict[str, Callable[[Wanted], Any]] = {
    Order.BEST: _best,
    Order.NEAR: lambda wanted: F("metres"),
    Order.ENDING: _running_first,
    Order.NEWEST: lambda wanted: Value(0) - _seconds("fund__opened_at"),
    Order.SUPPORTED: _supported,
}
