"""Processes that share the tests keep out of each other's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.workers import own_redis, scope_of

ROOT = Path(__file__).resolve().parents[2]
NAMED = "redis://:secret@127.0.0.1:6379/3"
ASKED = """
import tests.workers
import django
django.setup()
from django.conf import settings
from csm.celery import app
print(settings.REDIS_URL, settings.CACHES["default"]["LOCATION"], app.conf.broker_url)
"""


def test_a_redis_database_that_was_named_is_left_alone() -> None:
    assert [own_redis(NAMED, worker)[-2:] for worker in ("gw0", "gw1")] == ["/4", "/5"]
    assert own_redis("redis://127.0.0.1:6379", "gw0") == "redis://127.0.0.1:6379/1"


def test_cache_and_broker_of_a_process_are_its_own() -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "csm.settings",
        "REDIS_URL": NAMED,
        "PYTEST_XDIST_WORKER": "gw1",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [f"{NAMED[:-1]}5"] * 3


def test_the_journeys_share_one_process_and_nothing_else_does() -> None:
    assert scope_of("tests/journeys/test_a.py::test_a") == scope_of("tests/journeys/test_b.py::test_b")
    assert scope_of("tests/csm/test_a.py::test_a") != scope_of("tests/csm/test_a.py::test_b")
