"""What workshops hold about members."""

from __future__ import annotations

from members.personal import Held

HELD = (
    Held(model="facilities.MachineRateComponent", owners=("recorded_by",)),
    Held(model="facilities.MaterialPrice", owners=("recorded_by",)),
)
