"""Everything the local Stripe knows, in one SQLite file that survives the process."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, account TEXT, kind TEXT, created INTEGER, body TEXT
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (account, kind, seq);
CREATE TABLE IF NOT EXISTS links (account TEXT, kind TEXT, name TEXT, value TEXT, seq INTEGER);
CREATE INDEX IF NOT EXISTS links_value ON links (account, kind, name, value, seq);
CREATE TABLE IF NOT EXISTS answers (
    account TEXT, key TEXT, at REAL, fingerprint TEXT, status INTEGER, body TEXT, PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT, url TEXT, due REAL, tries INTEGER DEFAULT 0, done INTEGER DEFAULT 0
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (done, due);
CREATE TABLE IF NOT EXISTS timers (id INTEGER PRIMARY KEY, due REAL, action TEXT, subject TEXT, account TEXT);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, at REAL, method TEXT, path TEXT, key TEXT, account TEXT, status INTEGER, fault TEXT
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
"""

# What lists can be filtered by, beside `created`.
_LINKED = ("customer", "payment_intent", "charge", "payout", "type", "source", "status")


class Store:
    """One connection under one lock: requests are executed one after the other, as if Stripe were small."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Whole transactions survive the death of the process; that of the machine is no concern here.
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, alone."""
        with self.lock:
            self.db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def now(self) -> int:
        """Seconds since the epoch by this Stripe's own clock."""
        return int(time.time() + float(self.setting("clock_offset", 0)))

    def setting(self, name: str, default: Any) -> Any:
        row = self.db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"

    def add(self, account: str, body: Object) -> Object:
        cursor = self.db.execute(
            "INSERT INTO objects (id, account, kind, created, body) VALUES (?, ?, ?, ?, ?)",
            (body["id"], account, body["object"], body["created"], json.dumps(body)),
        )
        self._link(account, body, cursor.lastrowid)
        return body

    def save(self, account: str, body: Object) -> Object:
        row = self.db.execute(
            "UPDATE objects SET body = ? WHERE id = ? AND account = ? RETURNING seq",
            (json.dumps(body), body["id"], account),
        ).fetchone()
        self.db.execute("DELETE FROM links WHERE seq = ?", row)
        self._link(account, body, row[0])
        return body

    def _link(self, account: str, body: Object, seq: int | None) -> None:
        for name in _LINKED:
            value = body.get(name)
            if isinstance(value, str):
                self.db.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?)", (account, body["object"], name, value, seq))

    def get(self, account: str, key: str, kind: str | None = None) -> Object | None:
        row = self.db.execute("SELECT body, kind FROM objects WHERE id = ? AND account = ?", (key, account)).fetchone()
        return json.loads(row[0]) if row and kind in (None, row[1]) else None

    def list(self, account: str, kind: str, params: Object, filters: Object) -> tuple[list[Object], bool]:
        """One page, newest first, and whether there is more."""
        where, values = ["o.account = ?", "o.kind = ?"], [account, kind]
        for name, value in filters.items():
            where.append("o.seq IN (SELECT seq FROM links WHERE account = ? AND kind = ? AND name = ? AND value = ?)")
            values += [account, kind, name, value]
        for operator, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
            created = params.get("created")
            if isinstance(created, dict) and operator in created:
                where.append(f"o.created {sign} ?")
                values.append(created[operator])
        order = "DESC"
        for cursor, sign in (("starting_after", "<"), ("ending_before", ">")):
            if params.get(cursor):
                where.append(f"o.seq {sign} (SELECT seq FROM objects WHERE id = ?)")
                values.append(params[cursor])
                order = "DESC" if sign == "<" else "ASC"
        limit = params.get("limit", 10)
        rows = self.db.execute(
            f"SELECT o.body FROM objects o WHERE {' AND '.join(where)} ORDER BY o.seq {order} LIMIT ?",
            [*values, limit + 1],
        ).fetchall()
        found = [json.loads(row[0]) for row in rows[:limit]]
        return (found if order == "DESC" else found[::-1]), len(rows) > limit

    def timer(self, delay: float, action: str, subject: str, account: str) -> None:
        self.db.execute(
            "INSERT INTO timers (due, action, subject, account) VALUES (?, ?, ?, ?)",
            (self.now() + delay, action, subject, account),
        )

    def clear(self) -> None:
        with self.transaction():
            for table in ("objects", "links", "answers", "deliveries", "timers", "requests", "settings"):
                self.db.execute(f"DELETE FROM {table}")
