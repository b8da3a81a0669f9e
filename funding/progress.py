"""How far a fund is, as a page shows it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from funding.models import Fund
from funding.totals import Standing
from payments.money import Money


@dataclass(frozen=True, slots=True)
class Progress:
    """Promised (before the close) or arrived (after it), beside the minimum and the goal."""

    fund: Fund
    standing: Standing

    @property
    def counts_arrived(self) -> bool:
        return self.fund.state not in (Fund.State.OPEN, Fund.State.CLOSING, Fund.State.MISSED, Fund.State.CANCELLED)

    @property
    def is_over_uncharged(self) -> bool:
        """Whether it ended before anybody was charged: what was promised is promised no more."""
        return self.fund.state in (Fund.State.MISSED, Fund.State.CANCELLED)

    @property
    def have(self) -> Money:
        return self.fund.money(self.standing.collected_minor if self.counts_arrived else self.standing.secured_minor)

    @property
    def number(self) -> int:
        """Of promises, or of the payments that arrived."""
        return self.standing.payments if self.counts_arrived else self.standing.promises

    @property
    def minimum(self) -> Money:
        return self.fund.money(self.fund.minimum_minor)

    @property
    def goal(self) -> Money:
        return self.fund.money(self.fund.goal_minor)

    @property
    def missing(self) -> Money:
        """What still lacks to the minimum; nothing when it is reached."""
        return self.fund.money(max(0, self.fund.minimum_minor - self.have.minor))

    @property
    def done_permille(self) -> int:
        return min(1000, self.have.minor * 1000 // self._scale)

    @property
    def minimum_permille(self) -> int:
        return min(1000, self.fund.minimum_minor * 1000 // self._scale)

    @property
    def _scale(self) -> int:
        return max(self.fund.goal_minor, self.have.minor)

    def is_open(self, now: datetime.datetime) -> bool:
        return self.fund.takes_commitments(now)
