"""References of written promises: structured creditor references (ISO 11649), which banks check while they are typed,
and which are found again in whatever a payer made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

_LENGTH = 8


def reference_of(number: int) -> str:
    """“RF” with two check digits and eight digits, such as RF6800000042; `number` from 0 to 99 999 999."""
    body = f"{number:0{_LENGTH}d}"
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def in_groups(reference: str) -> str:
    """As people read and type it: RF68 0000 0042."""
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def references_in(remittance: str) -> list[str]:
    """Every reference that a remittance text may mean, the most certain first: whole, then without its “RF”, then its
    eight digits alone. Spaces, hyphens, dots and case do not matter; digits that do not fit are no reference.

    What is returned is well-formed, not known: look it up, and compare the amount.
    """
    text = remittance.upper()
    joined = re.sub(r"[\s\-./:]", "", text)
    whole = (match[1] for match in re.finditer(rf"(?=(RF\d{{{_LENGTH + 2}}}))", joined))
    bare = (f"RF{match[1]}" for match in re.finditer(rf"(?=(\d{{{_LENGTH + 2}}}))", joined))
    # Eight digits say nothing by themselves: only where nothing but digits in groups of four stands.
    alone = (
        reference_of(int(match[1] + match[2]))
        for match in re.finditer(r"(?<![\dA-Z])(\d{4})[ \-]?(\d{4})(?![\d])(?! \d)", text)
    )
    return _sound([*whole, *bare, *alone])


def _sound(found: Iterable[str]) -> list[str]:
    return [reference for reference in dict.fromkeys(found) if iso11649.is_valid(reference)]
