"""What designs hold about members: open work, which stays open."""

from __future__ import annotations

from members.personal import Held

HELD = (
    Held(
        model="products.Design", owners=("maintainer_member",), kept=("name", "slug", "summary", "story", "story_html")
    ),
    Held(
        model="products.Revision",
        owners=("created_by", "released_by"),
        kept=("number", "licence", "changelog"),
    ),
)
