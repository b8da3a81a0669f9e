"""Tests in parallel: how many processes, what each has for itself, and what runs first. A plugin of pytest (pyproject.toml).

Each process gets its own database from pytest-django, its own local Stripe from tests/conftest.py, and its own Redis
database here, before Django reads its settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from xdist.scheduler import LoadScopeScheduling

# They share one running platform, and therefore one process.
TOGETHER = "tests/journeys/"
# Begun first, so that none ends alone; most of them wait more than they work.
LONGEST_FIRST = (
    TOGETHER,  # as the largest group, begun first in any case
    "tests/csm/test_outage.py",
    "tests/csm/test_dev_run.py",
    "tests/funding/test_properties.py",
    "tests/funding/test_crashes.py",
)


def own_redis(url: str, worker: str) -> str:
    """The Redis database of one process (`gw0`, `gw1` …), after the one that was named."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    return urlunsplit(parts._replace(path=f"/{number}"))


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = own_redis(os.environ["REDIS_URL"], worker)


@pytest.hookimpl(tryfirst=True)  # instead of xdist’s own, which counts no hyper-threads
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors, as some tests only wait; this process alone where single files are named."""
    if all(Path(name.split("::")[0]).is_file() for name in config.args):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def scope_of(test: str) -> str:
    """Tests with the same answer run in one process, one after another."""
    return TOGETHER if test.startswith(TOGETHER) else test


class OneByOne(LoadScopeScheduling):
    """Whoever is free takes the next test. (xdist's own groups, `loadgroup`, are not seen under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneByOne | None:
    """None, thus xdist's own, where another `--dist` was asked for."""
    return OneByOne(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = (place for place, path in enumerate(LONGEST_FIRST) if item.nodeid.startswith(path))
    return next(places, len(LONGEST_FIRST))
