"""Pictures of the demonstration, drawn: a hall with its machine, and a sheet being cut."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw

_WALL, _FLOOR, _LIGHT, _DARK = "#e9dcc3", "#b99f78", "#fdf6e3", "#3d3a34"
_GREEN, _COPPER, _WOOD = "#1f6b4a", "#a3451b", "#d9b382"
# Drawn larger, so that edges are smooth.
_SCALE = 2


def hall() -> bytes:
    """A hall with three windows and a router under them."""
    image, draw = _sheet(1600, 900, _WALL)
    draw.rectangle(_box(0, 640, 1600, 900), fill=_FLOOR)
    for left in (120, 620, 1120):
        draw.rectangle(_box(left, 90, left + 360, 430), fill=_LIGHT, outline=_DARK, width=8 * _SCALE)
        draw.line(_box(left + 180, 90, left + 180, 430), fill=_DARK, width=6 * _SCALE)
        draw.line(_box(left, 260, left + 360, 260), fill=_DARK, width=6 * _SCALE)
        draw.polygon([(x * _SCALE, y * _SCALE) for x, y in _beam(left)], fill="#c9b08a")
    for left in (300, 1220):
        draw.rectangle(_box(left, 640, left + 60, 800), fill=_DARK)
    draw.rectangle(_box(240, 580, 1340, 650), fill=_DARK)
    draw.rectangle(_box(260, 556, 1320, 582), fill=_WOOD)
    draw.rectangle(_box(700, 330, 760, 580), fill=_GREEN)
    draw.rectangle(_box(900, 330, 960, 580), fill=_GREEN)
    draw.rectangle(_box(660, 310, 1000, 390), fill=_GREEN)
    draw.rectangle(_box(790, 360, 870, 500), fill=_COPPER)
    draw.polygon([(x * _SCALE, y * _SCALE) for x, y in ((812, 500), (848, 500), (830, 556))], fill=_DARK)
    return _encoded(image)


def sheet() -> bytes:
    """The parts of a stool on a sheet of plywood, with the way that the tool takes."""
    image, draw = _sheet(1200, 900, _WOOD)
    for row in range(30):
        y = 30 * row + 9 * math.sin(row)
        draw.line(_box(0, y, 1200, y + 14), fill="#cda56f", width=2 * _SCALE)
    for x, y in ((230, 230), (560, 230), (890, 230)):
        draw.ellipse(_box(x - 130, y - 130, x + 130, y + 130), outline=_DARK, width=10 * _SCALE)
        draw.ellipse(_box(x - 20, y - 20, x + 20, y + 20), fill=_DARK)
    for left in range(110, 1000, 180):
        draw.rounded_rectangle(_box(left, 450, left + 110, 820), radius=50 * _SCALE, outline=_DARK, width=10 * _SCALE)
    draw.line([(1100 * _SCALE, 60 * _SCALE), (890 * _SCALE, 230 * _SCALE)], fill=_COPPER, width=6 * _SCALE)
    draw.ellipse(_box(1070, 30, 1130, 90), fill=_COPPER)
    return _encoded(image)


def log() -> bytes:
    """The end of a log with its rings, and the boards it becomes."""
    image, draw = _sheet(1600, 900, "#dfe6d8")
    draw.rectangle(_box(0, 700, 1600, 900), fill="#8a9a78")
    draw.ellipse(_box(120, 160, 740, 780), fill="#6b4a2c")
    for ring in range(11):
        inset = 24 + 26 * ring
        draw.ellipse(
            _box(120 + inset, 160 + inset, 740 - inset, 780 - inset),
            fill=_WOOD if ring % 2 else "#e6c9a0",
            outline="#b98f5c",
            width=3 * _SCALE,
        )
    for number in range(6):
        top = 690 - 62 * number
        draw.rectangle(
            _box(860 + 12 * number, top, 1480 - 9 * number, top + 44), fill=_WOOD, outline="#8c683c", width=4
        )
    draw.line(_box(760, 470, 850, 470), fill=_COPPER, width=10 * _SCALE)
    return _encoded(image)


def _beam(left: int) -> tuple[tuple[int, int], ...]:
    return ((left - 40, 900), (left + 40, 640), (left + 330, 640), (left + 330, 900))


def _sheet(width: int, height: int, colour: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width * _SCALE, height * _SCALE), colour)
    return image, ImageDraw.Draw(image)


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return (left * _SCALE, top * _SCALE, right * _SCALE, bottom * _SCALE)


def _encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.resize((image.width // _SCALE, image.height // _SCALE), Image.Resampling.LANCZOS).save(
        out, "JPEG", quality=92
    )
    return out.getvalue()
