"""The price curve as a drawing: steps, in the coordinates of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from products.costing import Point

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 96, 12, 14, 30


class Tick(NamedTuple):
    """A mark on an axis: its place along it, in SVG units, and its value (pieces or minor units)."""

    at: int
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`path` is the curve; `here` the marked batch; prices on the vertical axis, pieces on the horizontal one."""

    path: str
    here: tuple[int, int]
    prices: tuple[Tick, ...]
    batches: tuple[Tick, ...]


def chart(points: Sequence[Point], here: int) -> Chart:
    """The unit price of each batch in `points`, with the batch of `here` pieces marked.

    Zero is on the vertical axis, so that heights compare as prices do. Raises ValueError for no points, or when
    `here` is not among them.
    """
    if not points or not points[0].quantity <= here <= points[-1].quantity:
        raise ValueError(f"The batch of {here} is not on the curve.")
    first, last = points[0].quantity, points[-1].quantity
    step = round_step(max(point.unit_minor for point in points))
    top = step * (-(-max(point.unit_minor for point in points) // step))

    def x(quantity: int) -> int:
        return LEFT + (WIDTH - LEFT - RIGHT) * (quantity - first) // max(1, last - first)

    def y(minor: int) -> int:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * minor // max(1, top)

    path = f"M{x(first)} {y(points[0].unit_minor)}" + "".join(
        f"H{x(point.quantity)}V{y(point.unit_minor)}" for point in points[1:]
    )
    marked = points[here - first]
    stride = max(1, (last - first) // 6)
    return Chart(
        path=path,
        here=(x(here), y(marked.unit_minor)),
        prices=tuple(Tick(y(value), value) for value in range(0, top + 1, step)),
        batches=tuple(Tick(x(value), value) for value in range(first, last + 1, stride)),
    )


def round_step(most: int) -> int:
    """A step of 1, 2 or 5 times a power of ten that leaves at most five marks."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * 5 >= most:
                return factor * power
        power *= 10
