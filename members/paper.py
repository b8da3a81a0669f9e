"""Papers as PDF: one look for invoices, receipts and posters, with letters for the languages of Europe."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONTS = Path(settings.BASE_DIR) / "static" / "fonts"
FAMILY = "DejaVu"
INK, QUIET = (29, 36, 33), (95, 105, 100)
# Millimetres of an A4 page.
MARGIN, COLUMN = 22, 166


class Paper(FPDF):
    """An A4 page that is filled from the top; millimetres and points. `at` dates the file itself, so that the same
    paper is the same bytes."""

    def __init__(self, *, title: str, at: datetime.datetime, footer: str = "", language: str = "en") -> None:
        super().__init__(format="A4")
        self._footer = footer
        self.add_font(FAMILY, "", FONTS / "dejavu-sans.ttf")
        self.add_font(FAMILY, "B", FONTS / "dejavu-sans-bold.ttf")
        self.set_title(title)
        self.set_lang(language)
        self.set_creation_date(at)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 6)
        self.add_page()

    def footer(self) -> None:
        """At the foot of each page; called by fpdf2."""
        self.set_y(-MARGIN)
        self._write(self._footer, size=8, colour=QUIET)

    def heading(self, text: str) -> None:
        self.ln(6)
        self._write(text, size=18, bold=True)
        self.ln(3)

    def text_block(self, text: str, *, quiet: bool = False, size: int = 10) -> None:
        """A paragraph; line breaks are kept."""
        self._write(text, size=size, colour=QUIET if quiet else INK)
        self.ln(2)

    def rows(self, pairs: Sequence[tuple[str, str]]) -> None:
        """What is what, one under the other; what is empty is left out."""
        for name, value in pairs:
            if value:
                top = self.get_y()
                self._write(name, size=9, colour=QUIET, width=52)
                low = self.get_y()
                self.set_xy(MARGIN + 54, top)
                self._write(value, size=10, width=COLUMN - 54)
                self.set_y(max(low, self.get_y()) + 1)
        self.ln(3)

    def amounts(self, lines: Sequence[tuple[str, str]], total: tuple[str, str]) -> None:
        """Lines with an amount each at the right, and their sum below a rule."""
        for number, (words, amount) in enumerate((*lines, total)):
            is_total = number == len(lines)
            if is_total:
                self.set_draw_color(*QUIET)
                self.line(MARGIN, self.get_y(), MARGIN + COLUMN, self.get_y())
                self.ln(1.5)
            top = self.get_y()
            self._write(words, size=10, bold=is_total, width=COLUMN - 46)
            low = self.get_y()
            self.set_xy(MARGIN + COLUMN - 44, top)
            self._write(amount, size=10, bold=is_total, width=44, align="R")
            self.set_y(max(low, self.get_y()) + 1.5)
        self.ln(4)

    def finished(self) -> bytes:
        return bytes(self.output())

    def _write(
        self, text: str, *, size: int, bold: bool = False, colour: Any = INK, width: float = 0, align: str = "L"
    ) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(width, size * 0.5, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
