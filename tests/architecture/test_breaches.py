"""Each rule of the house, seen broken: the breach is planted in a copy, and the linters must find it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

IMPORTS = [
    (
        "an app imports a higher app",
        "funding/totals.py",
        "from campaigns.models import Campaign\n",
        "Apps depend downwards",
    ),
    ("a model imports stripe", "payments/models/ledger.py", "import stripe\n", "Only the gateway speaks Stripe"),
    ("a verb imports Celery", "funding/closing.py", "from celery import shared_task\n", "Only the edges know Celery"),
    (
        "an import hides in a function",
        "members/moves.py",
        "def f():\n    import payments.money\n",
        "Apps depend downwards",
    ),
    (
        "a verb knows the API",
        "orders/quoting.py",
        "from rest_framework import status\n",
        "Only the edges know the REST",
    ),
    ("an app imports the roof", "payments/money.py", "import csm.local_stripe.world\n", "Apps depend downwards"),
]
BANNED = [
    ("from django.utils import timezone\n\nNOW = timezone.now()\n", "PostgreSQL's"),
    ("import datetime\n\nNOW = datetime.datetime.now(datetime.UTC)\n", "PostgreSQL's"),
    ("from django.db.models.signals import post_save\n", "No signal carries meaning"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("csm", "orders", "campaigns", "products", "facilities", "funding", "payments", "members"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".importlinter", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(copy: Path, *command: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run(
        [str(part) for part in command], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def test_a_clean_copy_passes(copy: Path) -> None:
    done = run(copy, BIN / "lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("what", "path", "planted", "contract"), IMPORTS, ids=[row[0] for row in IMPORTS])
def test_a_planted_import_is_found(copy: Path, what: str, path: str, planted: str, contract: str) -> None:
    with (copy / path).open("a") as file:
        file.write(planted)
    done = run(copy, BIN / "lint-imports", "--no-cache")
    assert done.returncode == 1, done.stdout
    assert contract in next(line for line in done.stdout.splitlines() if "BROKEN" in line)


@pytest.mark.parametrize(("planted", "message"), BANNED)
def test_a_banned_name_is_found(copy: Path, planted: str, message: str) -> None:
    (copy / "funding" / "planted.py").write_text(planted)
    done = run(copy, BIN / "ruff", "check", "--no-cache", "funding/planted.py")
    assert done.returncode == 1
    assert message in done.stdout
