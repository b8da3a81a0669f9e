"""What every handler works with: the store, the account of the request, events, expansion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csm.local_stripe import spec
from csm.local_stripe.errors import invalid, missing
from csm.local_stripe.store import Object, Store

API_VERSION = "2026-05-27.dahlia"
MAIN_ACCOUNT = "acct_local_main"


class World:
    """One account's view of the store during one request."""

    def __init__(self, store: Store, account: str, public_url: str, webhook_urls: list[str]) -> None:
        self.store, self.account, self.public_url, self.webhook_urls = (
            store,
            account,
            public_url,
            webhook_urls,
        )

    def now(self) -> int:
        return self.store.now()

    def make(self, schema: str, prefix: str, **fields: Any) -> Object:
        """A new object of a schema, stored."""
        body = spec.blank(schema)
        body |= {"id": self.store.new_id(prefix), "object": schema, "created": self.now()}
        if "livemode" in spec.document()["components"]["schemas"][schema]["properties"]:
            body["livemode"] = False
        return self.store.add(self.account, body | fields)

    def get(self, kind: str, key: str) -> Object:
        found = self.store.get(self.account, key, kind)
        if found is None:
            raise missing(kind, key)
        return found

    def save(self, body: Object) -> Object:
        return self.store.save(self.account, body)

    def page(self, kind: str, url: str, params: Object, **filters: Any) -> Object:
        """One page of a list."""
        wanted = {name: value for name, value in filters.items() if isinstance(value, str)}
        data, more = self.store.list(self.account, kind, params, wanted)
        return {"object": "list", "url": url, "data": data, "has_more": more}

    def emit(self, kind: str, subject: Object) -> None:
        """Keep an event and queue its delivery."""
        event = self.make(
            "event",
            "evt",
            type=kind,
            api_version=API_VERSION,
            data={"object": subject},
            pending_webhooks=len(self.webhook_urls),
            request={"id": None, "idempotency_key": None},
        )
        if self.account != MAIN_ACCOUNT:
            event["account"] = self.account
            self.save(event)
        delays = self.store.setting("webhook_plan", [])
        plan = delays.pop(0) if delays else [0]
        if delays or self.store.setting("webhook_plan", []):
            self.store.set("webhook_plan", delays)
        for url in self.webhook_urls:
            for delay in plan:
                self.store.db.execute(
                    "INSERT INTO deliveries (event, url, due) VALUES (?, ?, ?)",
                    (event["id"], url, self.now() + delay),
                )

    def expand(self, body: Any, paths: list[str]) -> Any:
        """Replace ids by their objects along dotted paths. Raises StripeError for a field that is not there."""
        for path in paths:
            body = self._expand(body, path.split("."), path)
        return body

    def _expand(self, body: Any, steps: list[str], whole: str) -> Any:
        if not steps or body is None:
            return body
        if isinstance(body, list):
            return [self._expand(item, steps, whole) for item in body]
        name, *rest = steps
        if name not in body:
            schema = spec.document()["components"]["schemas"].get(body.get("object", ""), {})
            if name in schema.get("properties", {}):
                return body
            raise invalid(f"This property cannot be expanded ({whole}).", param="expand")
        value = body[name]
        if isinstance(value, str) and (found := self.store.get(self.account, value)):
            value = found
        return body | {name: self._expand(value, rest, whole)}


Handler = Callable[..., Object]
