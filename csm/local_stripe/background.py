"""What happens by itself: timers by this Stripe's clock, and the delivery of webhooks with retries."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
import urllib.error
import urllib.request

from csm.local_stripe import refunds
from csm.local_stripe.api import Api

logger = logging.getLogger(__name__)

RETRY_AFTER = (1, 2, 5, 10, 30, 60, 300, 900)


class Background(threading.Thread):
    """One thread: looks for what is due a few times a second, until it is told to stop."""

    def __init__(self, api: Api, webhook_secret: str) -> None:
        super().__init__(daemon=True)
        self.api, self.store, self.webhook_secret = api, api.store, webhook_secret
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.1):
            try:
                self._fire_timers()
                while self._deliver_one():
                    pass
            except Exception:
                logger.exception("background work failed")

    def _fire_timers(self) -> None:
        due = self.store.db.execute(
            "SELECT id, action, subject, account FROM timers WHERE due <= ? ORDER BY due", (self.store.now(),)
        ).fetchall()
        for key, action, subject, account in due:
            with self.store.transaction():
                self.store.db.execute("DELETE FROM timers WHERE id = ?", (key,))
                self._fire(action, subject, account)

    def _fire(self, action: str, subject: str, account: str) -> None:
        world = self.api.world(account)
        if action == "expire_session":
            session = world.get("checkout.session", subject)
            if session["status"] == "open":
                world.save(session | {"status": "expired", "url": None})
                world.emit("checkout.session.expired", world.get("checkout.session", subject))
        elif action in ("settle_refund", "retry_refund"):
            refunds.settle(world, subject)
        elif action == "fail_refund":
            refunds.fail(world, subject)
        elif action in ("dispute_fraudulent", "dispute_inquiry"):
            refunds.open_dispute(world, subject, inquiry=action.endswith("inquiry"))
        elif action == "show_booking":
            charge_id, transaction_id = subject.split()
            world.save(world.get("charge", charge_id) | {"balance_transaction": transaction_id})
            world.emit("charge.updated", world.get("charge", charge_id))

    def _deliver_one(self) -> bool:
        """Send the oldest due event; True when there was one."""
        if self.stopping.is_set():
            return False
        row = self.store.db.execute(
            "SELECT d.id, d.url, d.tries, o.body FROM deliveries d JOIN objects o ON o.id = d.event"
            " WHERE d.done = 0 AND d.due <= ? ORDER BY d.due, d.id LIMIT 1",
            (self.store.now(),),
        ).fetchone()
        if row is None:
            return False
        key, url, tries, body = row
        delivered = self._post(url, body)
        wait = RETRY_AFTER[min(tries, len(RETRY_AFTER) - 1)]
        with self.store.transaction():
            self.store.db.execute(
                "UPDATE deliveries SET done = ?, tries = tries + 1, due = ? WHERE id = ?",
                (int(delivered), self.store.now() + wait, key),
            )
        return True

    def _post(self, url: str, body: str) -> bool:
        # Signed with real time: the receiver compares it with its own clock.
        stamp = int(time.time())
        payload = json.dumps(json.loads(body), separators=(",", ":"))
        digest = hmac.new(self.webhook_secret.encode(), f"{stamp}.{payload}".encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            url,
            payload.encode(),
            {"Content-Type": "application/json", "Stripe-Signature": f"t={stamp},v1={digest}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, OSError):
            return False
