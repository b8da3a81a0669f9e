"""Moments in words."""

from __future__ import annotations

import datetime

import pytest

from members.templatetags.moments import time_left

NOW = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "less than a minute"), (59, "less than a minute"), (60, "1\xa0minute")]
)
def test_the_last_minute_is_not_called_zero_minutes(seconds: int, said: str) -> None:
    assert time_left(NOW + datetime.timedelta(seconds=seconds), NOW) == said
