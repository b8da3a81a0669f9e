"""What campaigns hold about members."""

from __future__ import annotations

from members.personal import Held

HELD = (
    # The country says which shipping and which tax: the books need it.
    Held(model="campaigns.Pledge", owners=("member",), kept=("country",)),
    # What was said is others' talk too; who said it is then “A member”.
    Held(model="campaigns.Comment", owners=("member",), kept=("text", "hidden_because")),
    Held(model="campaigns.Report", owners=("member",), erased={"words": ""}),
    Held(model="campaigns.Following", owners=("member",), is_deleted=True),
    # News is the campaign's; its author is then called “A member”.
    Held(model="campaigns.Update", owners=("author",), kept=("title", "text", "text_html")),
    # What it is stands in the campaign's account; how to come by it is between two.
    Held(
        model="campaigns.InKind", owners=("member",), erased={"text": "", "is_anonymous": True}, kept=("title", "words")
    ),
)
