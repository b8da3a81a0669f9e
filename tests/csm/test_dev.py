"""`dev.py` says in one line what is wrong, and nothing else."""

from __future__ import annotations

import ast
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def dev(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "CSM_ENV")}
    return subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), *arguments],
        cwd=cwd,
        env=given | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = dev("run", "--port", port)
    assert done.returncode == 1
    assert said(done)[-1].startswith(f"Port {port} is taken.")
    assert "Traceback" not in done.stdout + done.stderr


def test_nothing_is_managed_while_nothing_runs(tmp_path: Path) -> None:
    if (ROOT / ".local" / "environment.json").exists():
        pytest.skip("a demonstration has run in this checkout")
    done = dev("manage", "check")
    assert done.returncode == 1
    assert said(done) == ["Nothing is running here. Start it first:  python3 dev.py run"]


def test_an_unknown_command_names_the_known_ones() -> None:
    done = dev("fly")
    assert done.returncode == 2
    assert "run" in done.stderr
    assert "reset" in done.stderr


def test_reset_forgets_nothing_for_a_word_that_it_does_not_know() -> None:
    done = dev("reset", "--dry-run")
    assert done.returncode == 2
    assert "--dry-run" in done.stderr
    assert "gone" not in done.stdout


def test_an_old_python_is_one_line() -> None:
    """The whole file has to be understood by it before the line can be said."""
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 7))
    pretend = "import runpy, sys; sys.version_info, sys.version = (3, 7, 3), '3.7.3 (default)'; sys.argv = ['dev.py', 'run']; "
    pretend += f"runpy.run_path({str(ROOT / 'dev.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said(done) == ["CSM needs Python 3.11 or newer; this is 3.7.3."]


def test_a_python_without_its_venv_module_is_one_line(tmp_path: Path) -> None:
    """As Debian ships it. Nothing may be installed here: there is no apt-get on the path."""
    for name in ("dev.py", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "less").mkdir()
    (tmp_path / "less" / "ensurepip.py").write_text("raise ImportError")
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(tmp_path / "less")}
    done = subprocess.run(
        [sys.executable, "dev.py", "run"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert said(done) == [
        "Python's venv module is missing. Install it and run this again:  "
        "sudo apt-get install -y --no-install-recommends python3-venv"
    ]


def test_a_failed_installation_says_what_went_wrong_above_the_hint() -> None:
    names = runpy.run_path(str(ROOT / "dev.py"), run_name="dev")
    talk = "import sys; sys.exit('error: invalid peer certificate\\nhint: try the system ones')"
    with pytest.raises(names["Stop"]) as stop:
        names["run_quietly"]([sys.executable, "-c", talk], "The locked packages could not be installed")
    assert str(stop.value).splitlines() == [
        "The locked packages could not be installed:",
        "error: invalid peer certificate",
        "hint: try the system ones",
    ]


def test_it_stands_alone() -> None:
    """Standard library only: it runs before anything is installed."""
    source = (ROOT / "dev.py").read_text()
    names = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE))
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"SITE_URL": "http://csm.example", "CSM_ENV": "production", "EMAIL_HOST": "x"}, "SITE_URL"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "STRIPE_SECRET_KEY"),
        ({"CSM_ENV": "holiday"}, "CSM_ENV"),
        ({"STRIPE_REQUESTS_PER_SECOND": "many"}, "STRIPE_REQUESTS_PER_SECOND"),
        ({"CSM_ENV": "production", "SITE_URL": "https://csm.example", "EMAIL_HOST": ""}, "EMAIL_HOST"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(environment: dict[str, str], named: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "csm.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ImproperlyConfigured" in done.stderr.splitlines()[-1]
    assert named in done.stderr.splitlines()[-1]
