from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.workshop import Workshop


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def workshop(cast: Cast) -> Workshop:
    return Workshop(cast.werkhof, cast.petra, cast.now)
