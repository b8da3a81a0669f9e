"""References are found again in what payers and banks make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from funding.references import in_groups, reference_of, references_in

KNOWN = reference_of(42)


def test_it_is_an_iso_11649_reference() -> None:
    assert KNOWN == "RF5700000042" or iso11649.is_valid(KNOWN)
    assert in_groups(KNOWN).split(" ")[0] == KNOWN[:4]


@pytest.mark.parametrize(
    "text",
    [
        KNOWN,
        in_groups(KNOWN),
        in_groups(KNOWN).lower(),
        f"Spende {in_groups(KNOWN)} Gemeinde Norden 2026",
        f"{KNOWN[:7]} {KNOWN[7:]}",
        f"SVWZ+{KNOWN[:5]}\n{KNOWN[5:]}",
        KNOWN[2:],
        f"Ref. {KNOWN[2:6]} {KNOWN[6:]}",
        f"Laser {KNOWN[4:]}",
        f"Laser {KNOWN[4:8]} {KNOWN[8:]}",
        f"RF-{KNOWN[2:4]}-{KNOWN[4:8]}-{KNOWN[8:]}",
    ],
)
def test_it_is_found(text: str) -> None:
    assert KNOWN in references_in(text)


def test_a_mistyped_one_is_none() -> None:
    wrong = KNOWN[:-1] + str((int(KNOWN[-1]) + 1) % 10)
    assert wrong not in references_in(wrong)


def test_a_whole_one_comes_before_what_is_read_into_digits() -> None:
    other = reference_of(12345678)
    assert references_in(f"1234 5678 {KNOWN}")[0] == KNOWN
    assert references_in(f"{other} {KNOWN}")[:2] == [other, KNOWN]


@given(st.integers(0, 10**8 - 1), st.text(max_size=30), st.text(max_size=30))
def test_whatever_stands_around_it(number: int, before: str, after: str) -> None:
    reference = reference_of(number)
    assert reference in references_in(f"{before} {reference} {after}")
