"""What campaigns hold about members."""

from __future__ import annotations

from members.personal import Held

HELD = (
    Held(model="campaigns.Pledge", owners=("member",)),
    # News is the campaign's; its author is then called “A member”.
    Held(model="campaigns.Update", owners=("author",), kept=("title", "text", "text_html")),
)
