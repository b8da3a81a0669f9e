"""PostgreSQL and Redis die in the middle of collecting, and come back: nobody is charged twice, and all ends well."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

import dev
from csm.local_stripe.process import start
from tests.csm.outage_world import PROMISES
from tests.waiting import wait_until

pytestmark = pytest.mark.crash

CELERY = (Path(sys.executable).parent / "celery", "-A", "csm")
# What is promised after any crash.
CONVERGED_SECONDS = 120


class Platform:
    """Servers, workers and a local Stripe that nobody else uses, so that they may die."""

    def __init__(self, folder: Path) -> None:
        self.stack = dev.Stack(folder, durable=True)
        self.environment: dict[str, str] = {
            **self.stack.start_servers("test", "http://127.0.0.1:8000"),
            "SWEEP_SECONDS": "1",
        }
        self.stripe = start(folder / "stripe.sqlite", port=self.stack.secrets["stripe_port"])
        self.postgres, self.valkey = self.stack.children

    def do(self, *command: object) -> str:
        words = [sys.executable, *map(str, command)]
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_workers(self) -> None:
        for name, more in (
            ("worker", ("worker", "-Q", "default", "-c", 1)),
            # One at a time, so that the outage meets it in the middle.
            ("collector", ("worker", "-Q", "collecting", "-P", "threads", "-c", 1)),
            ("beat", ("beat", "-s", self.stack.state / "beat")),
        ):
            number = ("-n", f"{name}-outage@%h") if name != "beat" else ()
            self.stack.add(name, [*CELERY, *more, *number], self.environment)

    def ask(self, question: str) -> Any:
        """One figure; None while PostgreSQL is away."""
        try:
            with psycopg2.connect(self.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
                cursor.execute(question)
                return (cursor.fetchone() or (None,))[0]
        except psycopg2.OperationalError:
            return None

    def lose_servers(self) -> None:
        """Both die without a word; Redis comes back empty."""
        for child in (self.postgres, self.valkey):
            dev.signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
        time.sleep(1)
        for dump in (self.stack.state / "valkey").glob("*.rdb"):
            dump.unlink()
        # A killed PostgreSQL leaves its lock behind, which its successor takes over once its own processes are gone.
        wait_until(self._postgres_starts, 20)
        self.valkey.start()

    def _postgres_starts(self) -> bool:
        if self.postgres.process.poll() is not None:
            self.postgres.start()
        return self.ask("SELECT 1") == 1

    def stop(self) -> None:
        self.stack.stop()
        self.stripe.stop()


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)
    made = Platform(tmp_path / "state")
    yield made
    made.stop()


def test_postgresql_and_redis_die_and_come_back(platform: Platform) -> None:
    platform.do("manage.py", "migrate", "--verbosity", "0")
    platform.do("-m", "tests.csm.outage_world", "promise")
    # Each charge takes its time, so that there is a middle.
    platform.stripe.control("POST", "faults", {"action": "slow", "path": "/confirm$", "times": 200, "seconds": 0.5})
    platform.start_workers()
    paid = "SELECT count(*) FROM funding_commitment WHERE state = 'paid'"
    wait_until(lambda: (platform.ask(paid) or 0) >= 2, 60)
    for _ in range(2):
        platform.lose_servers()
        assert platform.ask(paid) < PROMISES, "the outage came too late to meet anything"
        time.sleep(2)
    done = "SELECT count(*) FROM funding_fund WHERE state = 'met'"
    wait_until(lambda: platform.ask(done) == 1, CONVERGED_SECONDS)
    seen = json.loads(platform.do("-m", "tests.csm.outage_world", "check"))
    assert seen == {"states": ["paid"] * PROMISES, "charged": PROMISES, "books": []}
