"""What the API's description cannot read from the views."""

from __future__ import annotations

from typing import Any

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and request again within 24 hours get the first answer again, marked "
    "`Idempotency-Replayed`. Without one, a request that is sent twice has two effects.",
}


def name_idempotency_keys(result: dict[str, Any], **given: Any) -> dict[str, Any]:
    """drf-spectacular's hook: every POST takes a key."""
    for operations in result["paths"].values():
        if "post" in operations:
            operations["post"].setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result
