"""Markdown that members write, as HTML that is safe to show. Rendered when it is saved, never per page view."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}


def render(text: str) -> str:
    """HTML of CommonMark with tables; no images, styles, scripts or raw HTML get through, links are not endorsed."""
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return nh3.clean(
        html.replace("<h1>", "<h2>").replace("</h1>", "</h2>"), tags=_TAGS, link_rel="nofollow ugc noopener"
    )
