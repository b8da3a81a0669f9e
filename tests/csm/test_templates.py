"""Templates that a page seldom shows are read too, so that a slip in one is not found by whoever comes to it first."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

FOLDER = Path(settings.BASE_DIR) / "templates"


@pytest.mark.parametrize("name", sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*")))
def test_a_template_can_be_read(name: str) -> None:
    assert get_template(name)
