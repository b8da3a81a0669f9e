"""`dev.py run` in a checkout of its own: it serves, nothing of it survives it, and a full disk is one clear line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
import requests

from csm.local_stripe.process import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.crash

ROOT = Path(__file__).resolve().parents[2]
SERVES = "CSM runs on"
ENDED_SECONDS = 20


class Checkout:
    """The same code elsewhere, so that no demonstration of the developer's is touched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state, self.said = folder, folder / ".local", folder / "said.txt"
        self.port = free_port()
        folder.mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in (".local", ".venv", ".git", "dev.py"):
                (folder / entry.name).symlink_to(entry)
        shutil.copy(ROOT / "dev.py", folder)
        self.family: set[psutil.Process] = set()

    def start(self, *before: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environment["CSM_VENV"] = sys.prefix
        command = [*before, sys.executable, "dev.py", "run", "--port", str(self.port)]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        return self.process

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.said.read_text() or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.said.read_text()

    def names(self) -> set[str]:
        """The commands of everything that it has started until now."""
        self.family |= set(psutil.Process(self.process.pid).children(recursive=True))
        found = set()
        for member in self.family:
            try:
                found.add(" ".join(member.cmdline()))
            except psutil.NoSuchProcess:
                continue
        return found

    def all_ended(self) -> bool:
        return not any(_lives(member) for member in self.family)

    def sockets(self) -> Path:
        url = json.loads((self.state / "environment.json").read_text())["DATABASE_URL"]
        return Path(parse_qs(urlsplit(url).query)["host"][0])


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    made = Checkout(tmp_path / "checkout")
    yield made
    if made.process.poll() is None:
        made.process.send_signal(signal.SIGINT)
        made.process.wait(30)
    for member in filter(_lives, made.family):
        member.kill()


def test_it_serves_and_nothing_survives_its_kill(checkout: Checkout) -> None:
    checkout.start()
    checkout.wait_for(SERVES)
    # Ready once the scheduler's first heartbeat has been heard.
    ready = f"http://127.0.0.1:{checkout.port}/readyz"
    wait_until(lambda: requests.get(ready, timeout=10).status_code == 200, 60)
    running = " ".join(checkout.names())
    for part in ("postgres", "valkey-server", "local_stripe", "granian", "celery -A csm worker", "celery -A csm beat"):
        assert part in running
    sockets = checkout.sockets()
    assert sockets.exists()

    checkout.process.kill()
    checkout.process.wait()
    wait_until(checkout.all_ended, ENDED_SECONDS)
    wait_until(lambda: not sockets.exists())


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130), (signal.SIGTERM, 130)]
)
def test_nothing_survives_an_end_while_it_starts(checkout: Checkout, number: int, code: int) -> None:
    checkout.start()
    wait_until(lambda: any("manage.py migrate" in name for name in checkout.names()), 60)
    checkout.process.send_signal(number)
    assert checkout.process.wait(ENDED_SECONDS) == code
    wait_until(checkout.all_ended, ENDED_SECONDS)


def test_a_write_that_finds_the_disk_full_is_one_line(checkout: Checkout) -> None:
    checkout.state.mkdir()
    (checkout.state / "secrets.json").symlink_to("/dev/full")
    assert checkout.start().wait(60) == 1
    assert checkout.said.read_text() == "The disk is full: nothing more can be written.\n"


@pytest.fixture
def disk() -> Callable[[str], tuple[str, ...]]:
    """Makes what to put before a command, so that its `.local` is a disk of that size."""
    space = ("unshare", "--user", "--map-root-user", "--mount")
    mount = "mount -t tmpfs -o size=$0 tmpfs .local"
    if subprocess.run(
        [*space, "sh", "-c", mount.replace(".local", "/mnt"), "1M"], check=False, capture_output=True
    ).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    return lambda size: (*space, "sh", "-c", f'{mount} && exec "$@"', size)


def test_a_disk_that_is_too_small_is_one_line(checkout: Checkout, disk: Callable[[str], tuple[str, ...]]) -> None:
    checkout.state.mkdir()
    assert checkout.start(*disk("100M")).wait(60) == 1
    told = checkout.said.read_text().splitlines()
    assert told == [f"The disk is full: {checkout.state} needs 200 MB, and 100 MB are free."]


@pytest.mark.parametrize("after", ["postgres/PG_VERSION", "stripe.sqlite"])
def test_a_disk_that_fills_up_is_one_line(
    checkout: Checkout, disk: Callable[[str], tuple[str, ...]], after: str
) -> None:
    """First under PostgreSQL's files while they are made, then under a server that runs."""
    checkout.state.mkdir()
    process = checkout.start(*disk("210M"))
    inside = Path(f"/proc/{process.pid}/root{checkout.state}")
    wait_until((inside / after).exists)
    with (inside / "filler").open("ab", buffering=0) as filler:
        while process.poll() is None:
            try:
                filler.write(bytes(1 << 20))
            except OSError:
                time.sleep(0.05)
    told = checkout.said.read_text().splitlines()
    assert told[:-1] == ["Starting …", "Stopping …"]
    assert told[-1].startswith("The disk is full: ")
