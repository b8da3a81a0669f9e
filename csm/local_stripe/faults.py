"""Scripted faults: what a test or a demonstration lets go wrong, and when."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

ACTIONS = (
    "reset_before",
    "reset_after",
    "timeout_before",
    "timeout_after",
    "error_500_before",
    "error_500_after",
    "rate_limit_429",
    "lock_409",
    "slow",
)


@dataclass
class Fault:
    """Applies to requests of `method` whose path has a match of `path`, after `skip` of them, `times` times."""

    action: str
    method: str = "POST"
    path: str = ".*"
    skip: int = 0
    times: int = 1
    seconds: float = 30.0
    body_contains: str = ""
    seen: int = field(default=0, compare=False)


class Faults:
    """The faults that are still to happen; shared by all requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Fault] = []

    def plan(self, description: dict[str, Any]) -> None:
        """Raises ValueError for an action that is not known."""
        fault = Fault(**description)
        if fault.action not in ACTIONS:
            raise ValueError(f"{fault.action} is none of {', '.join(ACTIONS)}")
        with self._lock:
            self._planned.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def next_for(self, method: str, path: str, body: str) -> Fault | None:
        """The fault that this request meets, counted."""
        with self._lock:
            for fault in self._planned:
                if fault.method != method or not re.search(fault.path, path) or fault.body_contains not in body:
                    continue
                fault.seen += 1
                if fault.skip < fault.seen <= fault.skip + fault.times:
                    return fault
        return None
