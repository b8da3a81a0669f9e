"""Taking times and counting statements."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from django.db import connection
from django.test.utils import CaptureQueriesContext

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


class Cost(NamedTuple):
    """Of one call, in seconds: by the clock on the wall, and what this process computed."""

    wall: float
    cpu: float


def measure(times: int, **deeds: Callable[[], object]) -> dict[str, Cost]:
    """The median cost of each deed, done in turn, so that what else the machine does falls on all of them alike."""
    taken: dict[str, list[Cost]] = {name: [] for name in deeds}
    for deed in deeds.values():
        deed()
    for _ in range(times):
        for name, deed in deeds.items():
            with Watch() as watch:
                deed()
            taken[name].append(watch.cost)
    return {name: Cost(*map(statistics.median, zip(*costs, strict=True))) for name, costs in taken.items()}


class Watch:
    """Times one stretch of work: `with Watch() as watch`, then `watch.cost`."""

    cost: Cost

    def __enter__(self) -> Watch:
        self._begun, self._before = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cost = Cost(time.perf_counter() - self._begun, time.process_time() - self._before)

    def each(self, number: int) -> Cost:
        return Cost(self.cost.wall / max(1, number), self.cost.cpu / max(1, number))


def queries(deed: Callable[[], object]) -> int:
    """How many statements it takes, the marks of transactions not counted."""
    with CaptureQueriesContext(connection) as captured:
        deed()
    return sum(not query["sql"].startswith(NOT_COUNTED) for query in captured)


def line(name: str, cost: Cost, note: str) -> None:
    print(f"{name:<46} {cost.wall * 1000:8.2f} ms  CPU {cost.cpu * 1000:8.2f} ms  {note}", flush=True)
