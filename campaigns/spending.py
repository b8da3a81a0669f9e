"""A campaign's budget as its page shows it: what each line was planned to cost, what was spent, what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.models import BudgetLine, Campaign, Spending, StretchGoal
from funding.progress import Progress
from payments.money import Money, split

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with its place in the picture, in thousandths of its width."""

    line: BudgetLine
    spendings: list[Spending]
    x: int
    width: int

    @property
    def spent(self) -> Money:
        return Money(sum(one.amount_minor for one in self.spendings), self.line.currency)

    @property
    def left(self) -> Money:
        """Below nothing when more was spent than planned."""
        return self.line.amount - self.spent

    @property
    def spent_width(self) -> int:
        return min(self.width, self.width * max(0, self.spent.minor) // self.line.amount_minor)


@dataclass(frozen=True, slots=True)
class ShownBudget:
    """All lines of a campaign."""

    lines: list[ShownLine]
    currency: str

    @property
    def spent(self) -> Money:
        return Money(sum(one.spent.minor for one in self.lines), self.currency)

    @property
    def left(self) -> Money:
        return Money(sum(one.left.minor for one in self.lines), self.currency)


def budget_of(campaign: Campaign, *, with_spendings: bool) -> ShownBudget:
    """What the page shows; one query more with what was spent."""
    rows = campaign.budget.select_related("machine", "campaign")
    lines = list(rows.prefetch_related("spendings") if with_spendings else rows)
    amounts = [line.amount_minor for line in lines]
    shown, x = [], 0
    for line, width in zip(lines, split(WIDTH, amounts) if amounts else [], strict=True):
        spendings = list(line.spendings.all()) if with_spendings else []
        for one in spendings:
            one.budget_line = line
        shown.append(ShownLine(line, spendings, x, width))
        x += width
    return ShownBudget(shown, campaign.currency)


@dataclass(frozen=True, slots=True)
class ShownStretch:
    """A stretch goal, and what lacks to it."""

    goal: StretchGoal
    lacks: Money

    @property
    def is_reached(self) -> bool:
        return self.lacks.minor <= 0


def beyond(goals: Iterable[StretchGoal], progress: Progress) -> list[ShownStretch]:
    """Each stretch goal with what lacks to it."""
    return [ShownStretch(goal, Money(goal.amount_minor, progress.fund.currency) - progress.have) for goal in goals]
