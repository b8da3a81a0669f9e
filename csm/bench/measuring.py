"""Taking times and counting statements."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.test.utils import CaptureQueriesContext

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


class Cost(NamedTuple):
    """Of one call, in seconds: the median by the clock on the wall, and the mean of what this process computed."""

    wall: float
    cpu: float


def measure(deed: Callable[[], object], times: int) -> Cost:
    deed()
    walls = []
    before = _cpu()
    for _ in range(times):
        begun = time.perf_counter()
        deed()
        walls.append(time.perf_counter() - begun)
    return Cost(statistics.median(walls), (_cpu() - before) / times)


@dataclass
class Watch:
    """Times one stretch of work: `with Watch() as watch`, then `watch.cost`."""

    cost: Cost = Cost(0, 0)

    def __enter__(self) -> Watch:
        self._begun, self._before = time.perf_counter(), _cpu()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cost = Cost(time.perf_counter() - self._begun, _cpu() - self._before)

    def each(self, number: int) -> Cost:
        return Cost(self.cost.wall / max(1, number), self.cost.cpu / max(1, number))


def queries(deed: Callable[[], object]) -> int:
    """How many statements it takes, the marks of transactions not counted."""
    with CaptureQueriesContext(connection) as captured:
        deed()
    return sum(not query["sql"].startswith(NOT_COUNTED) for query in captured)


def line(name: str, cost: Cost, note: str) -> None:
    print(f"{name:<46} {cost.wall * 1000:8.2f} ms  CPU {cost.cpu * 1000:8.2f} ms  {note}", flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
