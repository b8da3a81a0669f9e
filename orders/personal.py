"""What batches hold about members."""

from __future__ import annotations

from members.personal import Held

HELD = (
    Held(model="orders.Order", owners=("member",)),
    Held(model="orders.Cost", owners=("recorded_by",), kept=("label", "evidence")),
)
