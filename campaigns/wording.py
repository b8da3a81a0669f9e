"""What members write, as plain text that every reader, feed and mail can hold."""

from __future__ import annotations

import re
import unicodedata

# Those that turn the direction of what stands around them; the marks that only say their own direction stay.
_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
# Characters of a language's own writing that are of these kinds, such as joiners, are none of them.
_UNREADABLE = ("Cc", "Cs", "Zl", "Zp")


def cleaned(text: str) -> str:
    """The text without control characters, which XML cannot hold, and at most one empty line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    kept = "".join(char for char in text if char == "\n" or not _is_refused(char))
    lines = (line.rstrip() for line in kept.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_refused(char: str) -> bool:
    return (
        unicodedata.category(char) in _UNREADABLE
        or unicodedata.bidirectional(char) in _TURNING
        or char in ("\ufffe", "\uffff")
    )
