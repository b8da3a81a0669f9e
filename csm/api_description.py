"""What the API's description cannot read from the views: how to log in, to repeat, to read a refusal, with examples."""

from __future__ import annotations

from typing import Any

DESCRIPTION = """
Campaigns, designs, workshops and batches at cost, for programs. Everything public is read without a key.

## Who is asking
What is one's own, and everything that binds, needs a member's key, which an administrator makes once:

```
python3 dev.py manage create_token member@demo.example      # in production: manage.py create_token …
curl -H "Authorization: Bearer csm_…" {site}/api/v1/pledges/
```

Whoever holds a key acts as that member; it is shown once, and revoked in the admin. A browser's session works too, with Django's
CSRF token. Without a key a question about one's own is answered with 401.

## Asking twice
Every POST takes an `Idempotency-Key` of your choice, such as a UUID that you store beside what you ask for. The same key and
request within 24 hours get the first answer again, marked `Idempotency-Replayed: true`, and have no second effect. So after a
time-out or an answer of 500 and above: send the same again, with the same key.

- `422 idempotency_key_reused`: the key was used for another request.
- `409 idempotency_key_in_flight`: the first one is still being answered; wait a moment.

## An order, from price to card
```
KEY="Authorization: Bearer csm_…"
curl {site}/api/v1/runs/                                                       # batches, with their ids
curl -H "$KEY" -H "Content-Type: application/json" -H "Idempotency-Key: 7d1f-price" \\
     -d '{"units": 2}' {site}/api/v1/runs/RUN/quotes/                          # a price, and what it never exceeds
curl -H "$KEY" -H "Content-Type: application/json" -H "Idempotency-Key: 7d1f-order" \\
     -d '{}' {site}/api/v1/quotes/QUOTE/order/                                 # payment_url: where the card is saved
curl -H "$KEY" {site}/api/v1/orders/                                           # how it stands
```
Show `mandate` to whoever pays before you send them to `payment_url`: it is what they agree to.

## Amounts and times
Amounts are integers in the smallest unit of their currency (`1250` is €12.50, and ¥1250). Times are ISO 8601 with their offset.

## When it is refused
Errors are problem documents (RFC 9457, `application/problem+json`) with a stable `code`: decide by that, and show `detail` to
people. 401 no or a wrong key, 404 nothing there for you, 422 a rule refuses (`campaign_closed`, `tier_sold_out`, `run_full`, …),
429 too many requests (`Retry-After` says how long), 503 something passing, to be sent again with its key.

## Lists
One's own pledges and orders, a campaign's updates and its comments come newest first in pages: follow `next` until it is
null. Of an update for supporters only, `title` and `text_html` are null for whoever does not support its campaign.
"""

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "0c9e5a3e-5d0e-4a83-9a52-6c7a0e3f2b11",
    "description": "The same key and request again within 24 hours get the first answer again, marked "
    "`Idempotency-Replayed`. Without one, a request that is sent twice has two effects.",
}
# What a request sends, by the name of its schema.
EXAMPLES: dict[str, Any] = {
    "NewPledge": {"lines": [], "amount_minor": 2500, "is_anonymous": False},
    "PatchedChange": {"lines": [], "amount_minor": 3000, "accepts_mandate": True},
    "Following": {"news": True, "launch": False, "end": True},
    "Units": {"units": 2},
    "ReturnUrl": {},
}
PROBLEM = {
    "description": "A refusal or an error, as a problem document.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "properties": {
                    name: {"type": "integer" if name == "status" else "string"}
                    for name in ("type", "title", "status", "detail", "code")
                },
                "required": ["title", "status", "detail", "code"],
            },
            "example": {
                "type": "about:blank",
                "title": "Unprocessable Entity",
                "status": 422,
                "detail": "This batch is full.",
                "code": "run_full",
            },
        }
    },
}


def complete(result: dict[str, Any], **given: Any) -> dict[str, Any]:
    """drf-spectacular's hook: every POST takes a key, every request has an example, every answer may be a refusal."""
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if method == "post":
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
            operation["responses"]["default"] = PROBLEM
            for body in operation.get("requestBody", {}).get("content", {}).values():
                name = body["schema"].get("$ref", "").rpartition("/")[2]
                if name in EXAMPLES:
                    body["example"] = EXAMPLES[name]
    return result
