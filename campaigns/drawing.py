"""The picture of a campaign that is shown where its address is shared, and the square code that phones read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.image.svg import SvgPathFillImage

WIDTH, HEIGHT, MARGIN = 1200, 630, 72
FONT = Path(__file__).resolve().parent.parent / "static" / "fonts" / "bricolage-grotesque.woff2"
# static/csm.css, in the light.
PAPER, INK, QUIET, LINE, GREEN, COPPER = "#faf7f0", "#1f2421", "#5a625c", "#ddd6c6", "#1f6b4a", "#a3451b"
# static/mark.svg, in a square of 32.
MARK = ((16, 2), (29, 9.5), (29, 22.5), (16, 30), (3, 22.5), (3, 9.5))
HOLES = (
    ((16, 6.6), (25, 11.8), (25, 20.2), (16, 25.4), (7, 20.2), (7, 11.8)),
    ((16, 11.5), (20.8, 14.25), (20.8, 17.75), (16, 20.5), (11.2, 17.75), (11.2, 14.25)),
)


@dataclass(frozen=True, slots=True)
class Card:
    """What the picture says, in the reader's words; the permilles are of the bar's whole length."""

    place: str
    title: str
    have: str
    counts: str
    minimum: str
    goal: str
    when: str
    done_permille: int
    minimum_permille: int


def picture(card: Card) -> bytes:
    """1200 × 630 pixels as PNG, the size that social networks ask for."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    _mark(draw, WIDTH - MARGIN - 64, MARGIN - 16, 64)
    draw.text((MARGIN, MARGIN - 6), _shortened(card.place, 34, 600, 920), font=_font(34, 600), fill=GREEN)
    size, lines = _fitted(card.title)
    for number, line in enumerate(lines):
        draw.text((MARGIN, 128 + number * size * 1.08), line, font=_font(size, 780), fill=INK)
    draw.text((MARGIN, 424), card.have, font=_font(76, 800), fill=INK, anchor="ls")
    beside = MARGIN + draw.textlength(card.have, font=_font(76, 800)) + 22
    draw.text((beside, 422), card.counts, font=_font(34, 450), fill=QUIET, anchor="ls")
    _bar(draw, card)
    draw.text((MARGIN, 528), card.minimum, font=_font(32, 600), fill=INK, anchor="ls")
    draw.text((WIDTH - MARGIN, 528), card.goal, font=_font(32, 450), fill=QUIET, anchor="rs")
    draw.text((MARGIN, 584), card.when, font=_font(32, 600), fill=COPPER, anchor="ls")
    kept = io.BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def code_svg(address: str) -> str:
    """The address as a square code in SVG, dark on white whatever surrounds it."""
    drawn = _code(address).make_image(image_factory=SvgPathFillImage)
    svg: bytes = drawn.to_string()
    return svg.decode()


def code_png(address: str) -> bytes:
    """The same in pixels, ten to each point."""
    kept = io.BytesIO()
    _code(address).make_image().save(kept, "PNG")
    return kept.getvalue()


def _code(address: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=10, border=4)
    code.add_data(address)
    return code


@lru_cache(maxsize=64)
def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(FONT), size)
    font.set_variation_by_axes([weight])
    return font


def _fitted(title: str) -> tuple[int, list[str]]:
    """The largest size at which the title fits on two lines, or on three of the smallest, cut there."""
    for size, most in ((84, 2), (70, 2), (58, 3)):
        lines = _broken(title, size)
        if len(lines) <= most:
            return size, lines
    return size, [*lines[: most - 1], _shortened(" ".join(lines[most - 1 :]), size, 780, WIDTH - 2 * MARGIN)]


def _broken(text: str, size: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _font(size, 780).getlength(longer) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(_shortened(word, size, 780, WIDTH - 2 * MARGIN))
    return lines


def _shortened(text: str, size: int, weight: int, room: int) -> str:
    """As much as there is room for, an ellipsis behind what was cut."""
    if _font(size, weight).getlength(text) <= room:
        return text
    while text and _font(size, weight).getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _bar(draw: ImageDraw.ImageDraw, card: Card) -> None:
    whole = WIDTH - 2 * MARGIN
    top, bottom = 452, 480
    draw.rounded_rectangle((MARGIN, top, WIDTH - MARGIN, bottom), 14, fill=LINE)
    if card.done_permille:
        end = MARGIN + max(28, whole * card.done_permille // 1000)
        draw.rounded_rectangle((MARGIN, top, end, bottom), 14, fill=GREEN)
    if card.minimum_permille < 1000:
        at = MARGIN + whole * card.minimum_permille // 1000
        draw.rectangle((at - 3, top - 7, at + 3, bottom + 7), fill=INK)


def _mark(draw: ImageDraw.ImageDraw, left: int, top: int, size: int) -> None:
    scale = size / 32
    for shape, colour in ((MARK, COPPER), (HOLES[0], PAPER), (HOLES[1], COPPER)):
        draw.polygon([(left + x * scale, top + y * scale) for x, y in shape], fill=colour)
