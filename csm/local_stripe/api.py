"""One request to the API, from its raw form to its answer: key, validation, idempotency, execution."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass
from typing import Any

from csm.local_stripe import spec
from csm.local_stripe.errors import StripeError, invalid
from csm.local_stripe.faults import Fault
from csm.local_stripe.routes import HANDLERS
from csm.local_stripe.store import Store
from csm.local_stripe.world import MAIN_ACCOUNT, World

KEY_LIFETIME = 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire."""

    status: int
    body: str
    replayed: bool = False


class Api:
    """Executes requests against one store."""

    def __init__(
        self, store: Store, *, public_url: str, webhook_urls: list[str], secret_key: str, check_answers: bool
    ) -> None:
        self.store, self.public_url, self.webhook_urls = store, public_url, webhook_urls
        self.secret_key, self.check_answers = secret_key, check_answers
        self._flying: set[tuple[str, str]] = set()
        self._flying_lock = threading.Lock()

    def world(self, account: str) -> World:
        return World(self.store, account, self.public_url, self.webhook_urls)

    def answer(self, method: str, path: str, form: str, headers: dict[str, str], fault: Fault | None) -> Answer:
        """Never raises for what a client did wrong."""
        account = headers.get("stripe-account") or MAIN_ACCOUNT
        key = headers.get("idempotency-key") if method == "post" else None
        try:
            self._authenticate(headers, account)
            template, ids = spec.match(path)
            params = spec.read_request(template, method, spec.parse_form(form))
            handler = HANDLERS.get((method, template))
            if handler is None:
                raise StripeError(501, "api_error", f"The local Stripe does not know {method.upper()} {template}.")
            if fault is not None and fault.action == "rate_limit_429":
                raise StripeError(429, "invalid_request_error", "Too many requests.", code="rate_limit")
            if fault is not None and fault.action == "lock_409":
                raise invalid("This object cannot be accessed right now.", code="lock_timeout", status=409)
            if key is None:
                return self._execute(handler, method, template, ids, params, account, None, "")
            fingerprint = hashlib.sha256(f"{path}?{form}".encode()).hexdigest()
            return self._once(handler, method, template, ids, params, account, key, fingerprint, fault)
        except StripeError as error:
            return Answer(error.status, json.dumps({"error": error.error}))

    def _authenticate(self, headers: dict[str, str], account: str) -> None:
        basic = base64.b64encode(f"{self.secret_key}:".encode()).decode()
        if headers.get("authorization") not in (f"Bearer {self.secret_key}", f"Basic {basic}"):
            raise StripeError(401, "invalid_request_error", "Invalid API Key provided.")
        if account != MAIN_ACCOUNT and account not in self.store.setting("accounts", []):
            raise invalid(f"No such account: '{account}'", code="account_invalid", status=403)

    def _once(
        self,
        handler: Any,
        method: str,
        template: str,
        ids: Any,
        params: Any,
        account: str,
        key: str,
        fingerprint: str,
        fault: Fault | None,
    ) -> Answer:
        """Execute under an idempotency key: the first answer is kept for a day and replayed."""
        with self._flying_lock:
            if (account, key) in self._flying:
                raise StripeError(
                    409, "idempotency_error", "There is currently another in-progress request using this key."
                )
            self._flying.add((account, key))
        try:
            kept = self.store.db.execute(
                "SELECT fingerprint, status, body FROM answers WHERE account = ? AND key = ? AND at > ?",
                (account, key, self.store.now() - KEY_LIFETIME),
            ).fetchone()
            if kept is not None and kept[0] != fingerprint:
                raise StripeError(
                    400,
                    "idempotency_error",
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                )
            if kept is not None:
                return Answer(kept[1], kept[2], replayed=True)
            if fault is not None and fault.action == "error_500_before":
                return self._keep_500(account, key, fingerprint)
            done = self._execute(handler, method, template, ids, params, account, key, fingerprint)
            if fault is not None and fault.action == "error_500_after":
                return self._keep_500(account, key, fingerprint)
            return done
        finally:
            with self._flying_lock:
                self._flying.discard((account, key))

    def _keep_500(self, account: str, key: str, fingerprint: str) -> Answer:
        error = {"type": "api_error", "message": "Sorry, something went wrong on our side."}
        answer = Answer(500, json.dumps({"error": error}))
        with self.store.transaction():
            self._keep(account, key, fingerprint, answer)
        return answer

    def _keep(self, account: str, key: str, fingerprint: str, answer: Answer) -> None:
        self.store.db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (account, key, self.store.now(), fingerprint, answer.status, answer.body),
        )

    def _execute(
        self,
        handler: Any,
        method: str,
        template: str,
        ids: Any,
        params: Any,
        account: str,
        key: str | None,
        fingerprint: str,
    ) -> Answer:
        """Effect and kept answer in one transaction. A bank's no is an effect too: its intent and charge stay."""
        world = self.world(account)
        answer = Answer(500, "")
        with self.store.transaction():
            try:
                body = world.expand(handler(world, params, *ids), params.get("expand", []))
            except StripeError as error:
                if error.status != 402:
                    raise
                answer = Answer(402, json.dumps({"error": error.error}))
            else:
                if self.check_answers:
                    spec.check_answer(template, method, body)
                answer = Answer(200, json.dumps(body))
            if key is not None:
                self._keep(account, key, fingerprint, answer)
        return answer
