"""The HTTP side: keeps connections open, meets scripted faults, logs every request for the tests to read."""

from __future__ import annotations

import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from csm.local_stripe import control, pages
from csm.local_stripe.api import Api
from csm.local_stripe.faults import Faults


class Server(ThreadingHTTPServer):
    """One local Stripe."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api) -> None:
        super().__init__(address, Handler)
        self.api, self.faults = api, Faults()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self._handle("")

    def do_DELETE(self) -> None:
        self._handle("")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._handle(self.rfile.read(length).decode())

    def _handle(self, body: str) -> None:
        url = urlsplit(self.path)
        if url.path.startswith("/v1/"):
            self._api(url.path, url.query or "", body)
        elif url.path.startswith("/_local/"):
            self._control(url.path, body)
        else:
            page = pages.answer(self.server.api, self.command, url.path, url.query, body)
            self._send(page.status, "text/html; charset=utf-8", page.html, {"Location": page.location})

    def _api(self, path: str, query: str, body: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.server.faults.next_for(self.command, path, body)
        action = fault.action if fault else ""
        if fault is not None and action in ("reset_before", "timeout_before"):
            self._note(path, headers, 0, action)
            self._break(fault.seconds if action.startswith("timeout") else 0)
            return
        if fault is not None and action == "slow":
            time.sleep(fault.seconds)
        form = query if self.command == "GET" else body
        answer = self.server.api.answer(self.command.lower(), path, form, headers, fault)
        self._note(path, headers, answer.status, action)
        if fault is not None and action in ("reset_after", "timeout_after"):
            self._break(fault.seconds if action.startswith("timeout") else 0)
            return
        extra = {"Request-Id": f"req_{time.time_ns()}"}
        if answer.replayed:
            extra["Idempotent-Replayed"] = "true"
        self._send(answer.status, "application/json", answer.body, extra)

    def _note(self, path: str, headers: dict[str, str], status: int, fault: str) -> None:
        store = self.server.api.store
        with store.transaction():
            store.db.execute(
                "INSERT INTO requests (at, method, path, key, account, status, fault) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    time.time(),
                    self.command,
                    path,
                    headers.get("idempotency-key"),
                    headers.get("stripe-account"),
                    status,
                    fault,
                ),
            )

    def _break(self, seconds: float) -> None:
        """Let the client wait, then cut the line without a word."""
        time.sleep(seconds)
        self.close_connection = True
        # Linger of zero: the peer sees a reset, not an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.connection.close()

    def _control(self, path: str, body: str) -> None:
        if path == "/_local/reset" and self.command == "POST":
            self.server.faults.clear()
            self.server.api.store.clear()
            self._json(200, {})
            return
        try:
            given: dict[str, Any] = json.loads(body) if body else {}
            self._json(200, control.answer(self.server.api, self.server.faults, self.command, path, given))
        except KeyError as unknown:
            self._json(404, {"error": f"not known: {unknown}"})
        except (ValueError, TypeError) as wrong:
            self._json(400, {"error": str(wrong)})

    def _json(self, status: int, content: Any) -> None:
        self._send(status, "application/json", json.dumps(content), {})

    def _send(self, status: int, kind: str, body: str, extra: dict[str, str]) -> None:
        raw = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in extra.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: requests are kept in the store."""
