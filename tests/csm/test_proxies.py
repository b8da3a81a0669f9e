"""Whose word about the visitor's address counts."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from csm import wsgi


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [([], "10.0.0.2"), (["10.0.0.0/8"], "203.0.113.7"), (["10.0.0.9"], "10.0.0.2")],
)
def test_only_a_named_proxy_says_who_is_asking(settings: Any, monkeypatch: Any, trusted: list[str], seen: str) -> None:
    settings.TRUSTED_PROXIES = trusted
    asked: list[str] = []
    monkeypatch.setattr(
        "django.core.wsgi.get_wsgi_application", lambda: lambda environ, answer: asked.append(environ["REMOTE_ADDR"])
    )
    # What a visitor claims stands to the left of what the proxy saw.
    environ = {"REMOTE_ADDR": "10.0.0.2", "HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.7"}
    try:
        importlib.reload(wsgi).application(environ, None)
    finally:
        monkeypatch.undo()
        importlib.reload(wsgi)
    assert asked == [seen]
