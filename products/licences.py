"""Open licences by SPDX id: those under which anybody may make, change and sell. No -NC, no -ND."""

from __future__ import annotations

# SPDX id → the licence's own name, which is not translated.
OPEN_LICENCES = {
    "CERN-OHL-1.1": "CERN Open Hardware Licence v1.1",
    "CERN-OHL-1.2": "CERN Open Hardware Licence v1.2",
    "CERN-OHL-P-2.0": "CERN Open Hardware Licence v2 – Permissive",
    "CERN-OHL-W-2.0": "CERN Open Hardware Licence v2 – Weakly Reciprocal",
    "CERN-OHL-S-2.0": "CERN Open Hardware Licence v2 – Strongly Reciprocal",
    "TAPR-OHL-1.0": "TAPR Open Hardware License v1.0",
    "SHL-0.5": "Solderpad Hardware License v0.5",
    "SHL-0.51": "Solderpad Hardware License v0.51",
    "SHL-2.0": "Solderpad Hardware License v2.0",
    "SHL-2.1": "Solderpad Hardware License v2.1",
    "CC0-1.0": "Creative Commons Zero v1.0 Universal",
    "CC-BY-3.0": "Creative Commons Attribution 3.0",
    "CC-BY-4.0": "Creative Commons Attribution 4.0",
    "CC-BY-SA-3.0": "Creative Commons Attribution Share Alike 3.0",
    "CC-BY-SA-4.0": "Creative Commons Attribution Share Alike 4.0",
    "GPL-2.0-only": "GNU General Public License v2.0 only",
    "GPL-2.0-or-later": "GNU General Public License v2.0 or later",
    "GPL-3.0-only": "GNU General Public License v3.0 only",
    "GPL-3.0-or-later": "GNU General Public License v3.0 or later",
    "LGPL-2.1-only": "GNU Lesser General Public License v2.1 only",
    "LGPL-2.1-or-later": "GNU Lesser General Public License v2.1 or later",
    "LGPL-3.0-only": "GNU Lesser General Public License v3.0 only",
    "LGPL-3.0-or-later": "GNU Lesser General Public License v3.0 or later",
    "AGPL-3.0-only": "GNU Affero General Public License v3.0 only",
    "AGPL-3.0-or-later": "GNU Affero General Public License v3.0 or later",
    "MIT": "MIT License",
    "MIT-0": "MIT No Attribution",
    "BSD-2-Clause": "BSD 2-Clause License",
    "BSD-3-Clause": "BSD 3-Clause License",
    "0BSD": "BSD Zero Clause License",
    "Apache-2.0": "Apache License 2.0",
}


def is_open(spdx_id: str) -> bool:
    """Whether a design under this licence may be made by anybody."""
    return spdx_id in OPEN_LICENCES


def text_address(spdx_id: str) -> str:
    """Where the licence can be read."""
    return f"https://spdx.org/licenses/{spdx_id}.html"
