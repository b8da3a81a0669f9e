"""What funds hold about members."""

from __future__ import annotations

from members.personal import Held

HELD = (
    Held(
        model="funding.Commitment",
        owners=("member",),
        kept=("title", "page_path", "currency", "reference"),
    ),
    Held(
        model="funding.Consent",
        owners=("commitment__member",),
        kept=("text_version", "text"),
        kept_for_a_while=("given_from",),
    ),
)
