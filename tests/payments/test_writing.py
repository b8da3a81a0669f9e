"""Amounts as people read them, and type them back."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from payments.forms import typed
from payments.money import Money
from payments.writing import written, written_short

# Where a browser may break a line within an amount: behind a hyphen or a minus, at a space that is not a hard one.
BREAKS = re.compile("[ -]|−(?!\u2060)")


@pytest.mark.parametrize("language", ["en", "en-gb", "de", "fr", "sv"])
@pytest.mark.parametrize("minor", [-123_456_789, -5, 0, 4_329])
@pytest.mark.parametrize("currency", ["EUR", "CHF", "JPY", "KWD"])
def test_an_amount_is_never_broken_over_two_lines(language: str, minor: int, currency: str) -> None:
    with translation.override(language):
        said = written(Money(minor, currency))
    assert not BREAKS.search(said), said
    assert ("−" in said) is (minor < 0)


def test_what_a_page_says_can_be_typed_into_a_form() -> None:
    with translation.override("en"):
        assert typed(written(Money(-1_250, "EUR")), "EUR") == Money(-1_250, "EUR")


def test_an_axis_says_no_decimals_where_there_are_none() -> None:
    with translation.override("en"):
        assert [written_short(Money(minor, "EUR")) for minor in (15_000, 50, 0)] == ["€150", "€0.50", "€0"]
    with translation.override("de"):
        assert written_short(Money(150_000, "EUR")) == "1.500\u00a0€"
