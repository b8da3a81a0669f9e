"""A worker dies in the middle of a charge, PostgreSQL and Redis in the middle of collecting: nobody is charged twice,
and all ends well soon after. With the sweeps as often as in production."""

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
# A lease, a sweep, and time for a busy machine.
CONVERGED_SECONDS = 60
PAID = "SELECT count(*) FROM funding_commitment WHERE state = 'paid'"


class Platform:
    """Servers, workers and a local Stripe that nobody else uses, so that they may die."""

    def __init__(self, folder: Path) -> None:
        self.stack = dev.Stack(folder, durable=True)
        self.environment: dict[str, str] = self.stack.start_servers("test", "http://127.0.0.1:8000")
        self.environment.pop("SWEEP_SECONDS", None)
        self.stripe = start(folder / "stripe.sqlite", port=self.stack.secrets["stripe_port"])
        self.postgres, self.valkey = self.stack.children

    def do(self, *command: object) -> str:
        words = [sys.executable, *map(str, command)]
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_workers(self) -> Any:
        """The scheduler, a worker, and the collector that is returned."""
        self._start("worker", "worker", "-Q", "default", "-c", 1, "-n", "worker-outage@%h")
        self._start("beat", "beat", "-s", self.stack.state / "beat")
        return self.start_collector("collector")

    def start_collector(self, name: str) -> Any:
        """One that does one thing at a time, so that what happens meets it in the middle."""
        return self._start(name, "worker", "-Q", "collecting", "-P", "threads", "-c", 1, "-n", f"{name}-outage@%h")

    def _start(self, name: str, *words: object) -> Any:
        return self.stack.add(name, [*CELERY, *words], self.environment)

    def ask(self, question: str) -> Any:
        """One figure; None while PostgreSQL is away."""
        try:
            with psycopg2.connect(self.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
                cursor.execute(question)
                return (cursor.fetchone() or (None,))[0]
        except psycopg2.OperationalError:
            return None

    def kill(self, child: Any) -> None:
        dev.signal_group(child.process.pid, signal.SIGKILL)
        child.process.wait()

    def lose_servers(self) -> None:
        """Both die without a word; Redis comes back empty."""
        for child in (self.postgres, self.valkey):
            self.kill(child)
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


def promised(platform: Platform, **slow: float) -> None:
    """Promises to collect, and charges that take their time, so that there is a middle."""
    platform.do("manage.py", "migrate", "--verbosity", "0")
    platform.do("-m", "tests.csm.outage_world", "promise")
    platform.stripe.control("POST", "faults", {"action": "slow", "path": "/confirm$", **slow})


def all_is_well(platform: Platform) -> None:
    done = "SELECT count(*) FROM funding_fund WHERE state = 'met'"
    wait_until(lambda: platform.ask(done) == 1, CONVERGED_SECONDS)
    seen = json.loads(platform.do("-m", "tests.csm.outage_world", "check"))
    assert seen == {"states": ["paid"] * PROMISES, "charged": PROMISES, "books": []}


def test_a_worker_dies_in_the_middle_of_a_charge(platform: Platform) -> None:
    """Stripe is still asking the bank when nobody waits for its answer any more: the next worker finds it."""
    promised(platform, seconds=15)
    first = platform.start_workers()
    waiting = "SELECT count(*) FROM payments_attempt WHERE state = 'sent'"
    wait_until(lambda: platform.ask(waiting) == 1, 60)
    time.sleep(1)
    platform.kill(first)
    assert (platform.ask(waiting), platform.ask(PAID)) == (1, 0), "it died too late"
    platform.start_collector("another")
    all_is_well(platform)


def test_postgresql_and_redis_die_and_come_back(platform: Platform) -> None:
    promised(platform, seconds=0.5, times=200)
    platform.start_workers()
    wait_until(lambda: (platform.ask(PAID) or 0) >= 2, 60)
    for _ in range(2):
        platform.lose_servers()
        assert platform.ask(PAID) < PROMISES, "the outage came too late to meet anything"
        time.sleep(2)
    all_is_well(platform)
