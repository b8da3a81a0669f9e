"""What import rules cannot see: where keys point, what tables and verbs may not do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("members", "payments", "funding", "facilities", "products", "campaigns", "orders")
EDGES = {"administering", "views", "forms", "api", "serializers", "admin", "tasks", "urls", "apps"}
# Of members, what stands at the edge of every app.
EDGES_OF_MEMBERS = {
    *("adapter", "authentication", "caching", "clock", "codes", "idempotency", "mailing"),
    *("middleware", "paging", "parsing", "requests"),
}


def own_models() -> Iterator[type[models.Model]]:
    for label in LAYERS:
        yield from apps.get_app_config(label).get_models()


@pytest.mark.parametrize("model", list(own_models()), ids=lambda model: model._meta.label)
def test_keys_point_downwards_and_nothing_dates_itself(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.related_model._meta.app_label in LAYERS:
            target = field.related_model._meta.app_label
            assert LAYERS.index(target) <= LAYERS.index(model._meta.app_label), field
            assert field.remote_field.on_delete is models.PROTECT, f"{field} must protect what it points at"
            if target != model._meta.app_label:
                assert field.remote_field.related_name == "+", f"{field} lets {target} see upwards"
        assert not getattr(field, "auto_now", False), field
        assert not getattr(field, "auto_now_add", False), field
        assert not isinstance(field, models.FloatField), f"{field}: money and measures are exact"
        if isinstance(field, models.Field) and field.name.endswith("_minor"):
            assert isinstance(field, models.BigIntegerField), field
        if isinstance(field, models.DateTimeField):
            assert field.name in ("at", "last_login") or field.name.endswith("_at"), field


def verbs() -> Iterator[Path]:
    for label in LAYERS:
        for path in sorted((ROOT / label).rglob("*.py")):
            # A room is a module, or a package when it has many subjects.
            edge = {path.stem, path.parent.name} & EDGES or (label == "members" and path.stem in EDGES_OF_MEMBERS)
            if "migrations" not in path.parts and "templatetags" not in path.parts and not edge:
                yield path


@pytest.mark.parametrize("path", list(verbs()), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_verbs_know_neither_requests_nor_the_clock(path: Path) -> None:
    for name in imported(path):
        assert not name.startswith(("django.http", "django.shortcuts", "django.contrib.messages")), name
        assert name not in ("members.clock.database_now", "time.time"), f"{path.name} reads the clock itself"


def imported(path: Path) -> Iterator[str]:
    """Every name that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("label", [*LAYERS, "csm"])
def test_files_have_one_subject(label: str) -> None:
    for path in (ROOT / label).rglob("*.py"):
        if "migrations" not in path.parts:
            assert len(path.read_text().splitlines()) <= 400, f"{path} has two subjects: part them"
            assert path.stem not in ("utils", "helpers", "services", "common"), path
