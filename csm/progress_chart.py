"""How a collection grew, as a drawing: steps in the coordinates of an SVG."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from funding.sources import Day
from products.charting import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick, round_step

MARKS = 4


class DayTick(NamedTuple):
    """A mark on the lower axis."""

    at: int
    on: datetime.date
    anchor: str


@dataclass(frozen=True, slots=True)
class Growth:
    """`path` is what is promised in all, `area` what lies below it; the heights of the lines one looks for."""

    path: str
    area: str
    amounts: tuple[Tick, ...]
    days: tuple[DayTick, ...]
    minimum_at: int
    safe_at: int | None


def growth(
    days: Sequence[Day],
    *,
    opened_on: datetime.date,
    today: datetime.date,
    ends_on: datetime.date,
    minimum_minor: int,
    safe_minor: int | None,
) -> Growth:
    """From the opening to the deadline; the curve ends today. Zero is on the vertical axis."""
    first = min([opened_on, *(day.on for day in days[:1])])
    until = max([today, *(day.on for day in days[-1:])])
    last = max(ends_on, first + datetime.timedelta(days=1))
    drawn_until = min(until, last)
    most = max([minimum_minor, safe_minor or 0, *(day.whole.minor for day in days[-1:])])
    step = round_step(most)
    top = step * (-(-most // step))

    def x(on: datetime.date) -> int:
        return LEFT + (WIDTH - LEFT - RIGHT) * (min(on, last) - first).days // (last - first).days

    def y(minor: int) -> int:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * minor // top

    path = f"M{x(first)} {y(0)}" + "".join(f"H{x(day.on)}V{y(day.whole.minor)}" for day in days)
    path += f"H{x(drawn_until)}"
    marks = [first + (last - first) * number // (MARKS - 1) for number in range(MARKS)]
    anchors = ["start", *["middle"] * (MARKS - 2), "end"]
    return Growth(
        path=path,
        area=f"{path}V{y(0)}Z",
        amounts=tuple(Tick(y(value), value) for value in range(0, top + 1, step)),
        days=tuple(DayTick(x(on), on, anchor) for on, anchor in zip(marks, anchors, strict=True)),
        minimum_at=y(minimum_minor),
        safe_at=None if safe_minor is None else y(safe_minor),
    )
