"""What a name may hold."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Line breaks, control characters, and those that turn the direction of what stands around them; joiners, which some
# scripts cannot do without, are none of them.
_CATEGORIES = ("Cc", "Zl", "Zp")
_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def check_name(text: str) -> None:
    """Whether `text` reads as one line that disturbs nothing beside it. Raises ValidationError (`name_malformed`)."""
    if any(unicodedata.category(char) in _CATEGORIES or unicodedata.bidirectional(char) in _TURNING for char in text):
        raise ValidationError(_("A name is one line of letters, without control characters."), code="name_malformed")
