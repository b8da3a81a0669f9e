"""Which licences make a design open, by SPDX id."""

from __future__ import annotations

import re

OPEN = (
    *("CERN-OHL-P-2.0", "CERN-OHL-W-2.0", "CERN-OHL-S-2.0", "CERN-OHL-1.2", "TAPR-OHL-1.0", "SHL-2.0", "SHL-2.1"),
    *("CC-BY-4.0", "CC-BY-3.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0", "CC0-1.0"),
    *("GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later"),
    *("LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"),
    *("MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Solderpad-0.5"),
)
_CLOSED = re.compile(r"-(NC|ND)(-|$)")


def is_open(spdx_id: str) -> bool:
    """Whether anybody may make, sell and change it: on the list, and neither non-commercial nor no-derivatives."""
    return spdx_id in OPEN and not _CLOSED.search(spdx_id)
