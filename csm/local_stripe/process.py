"""Starting a local Stripe from a test or a script."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class LocalStripe:
    """A running local Stripe."""

    url: str
    process: subprocess.Popen[bytes]

    def control(self, method: str, path: str, content: Any = None) -> Any:
        """One call of the control API, `path` without its /_local/."""
        data = json.dumps(content).encode() if content is not None else (b"" if method == "POST" else None)
        request = urllib.request.Request(f"{self.url}/_local/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def free_port() -> int:
    """Below the ports of outgoing connections, one of which could take it before its server does."""
    for _ in range(100):
        port = secrets.choice(range(20_000, 32_000))
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("No port is free between 20000 and 32000.")


def start(state: Path, *, port: int | None = None, arguments: tuple[str, ...] = ()) -> LocalStripe:
    """Start one and wait until it answers. Raises RuntimeError when it does not within 30 s."""
    port = port or free_port()
    command = [
        sys.executable,
        "-m",
        "csm.local_stripe",
        "--port",
        str(port),
        "--state",
        str(state),
        *arguments,
    ]
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2])
    stripe = LocalStripe(f"http://127.0.0.1:{port}", process)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            stripe.control("GET", "health")
        except OSError:
            time.sleep(0.05)
        else:
            return stripe
    process.kill()
    raise RuntimeError("The local Stripe did not start.")
