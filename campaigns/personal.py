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
    # Texts of a workshop, and who of it answered for them.
    Held(
        model="campaigns.Campaign",
        owners=("submitted_by", "reviewed_by"),
        kept=(
            *("title", "slug", "summary", "story", "story_html", "video_url", "team", "team_html"),
            *("risks", "risks_html", "currency", "preview_key"),
        ),
        secret=("preview_key",),
    ),
    Held(model="campaigns.Picture", owners=("by",), kept=("alt",)),
    Held(model="campaigns.Spending", owners=("by",), kept=("evidence",)),
    Held(model="campaigns.FeeAgreement", owners=("member",), kept=("text",)),
    # To whom a gift went is nobody's business once its giver has left.
    Held(model="campaigns.Gift", owners=("pledge__member",), erased={"name": "", "email": "", "message": ""}),
    # A declaration in law, which the books need.
    Held(model="campaigns.Withdrawal", owners=("pledge__member",), kept=("said",)),
)
