"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(ready: Callable[[], object], seconds: float = 20) -> None:
    """Return as soon as `ready` is true. Raises AssertionError when it is not within the time."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
