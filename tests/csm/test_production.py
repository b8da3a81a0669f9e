"""The web server as the image starts it, in production mode, and what the composition of containers promises."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from csm.local_stripe.process import free_port
from tests.processes import database_url
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"Host": "csm.example", "X-Forwarded-Proto": "https"}


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[int]:
    """The image's own command in production mode; the port that it listens on."""
    port = free_port()
    environment = os.environ | {
        "CSM_ENV": "production",
        "SITE_URL": "https://csm.example",
        "ALLOWED_HOSTS": "",
        "DATABASE_URL": database_url(),
        "EMAIL_HOST": "mail.example",
        "STATIC_ROOT": str(tmp_path),
    }
    image = (ROOT / "Dockerfile").read_text()
    collect = re.search(r"^ +(python manage\.py collectstatic.*)$", image, re.M)
    serve = re.search(r"^CMD (\[.*\])$", image, re.M)
    assert collect, "the image collects the static files"
    assert serve, "the image starts a server"
    scripts = str(Path(sys.executable).parent)
    environment["PATH"] = f"{scripts}:{environment['PATH']}"
    subprocess.run(collect[1].split(), cwd=ROOT, env=environment, check=True)
    command = [{"0.0.0.0": "127.0.0.1", "8000": str(port)}.get(word, word) for word in json.loads(serve[1])]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_until(lambda: listens(port))
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, path: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, str]:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    asked.request("GET", path, headers=headers)
    answer = asked.getresponse()
    return answer, answer.read().decode()


def test_the_image_serves_the_site_in_production(web: int) -> None:
    probe = " ".join(SERVICES["web"]["healthcheck"]["test"][1:])
    assert "8000" in probe
    command = SERVICES["web"]["healthcheck"]["test"][2:]
    done = subprocess.run([sys.executable, *(word.replace("8000", str(web)) for word in command)], check=False)
    assert done.returncode == 0, "the container's own health check"

    home, body = get(web, "/", OURS)
    assert home.status == 200
    assert home.headers["Strict-Transport-Security"]
    assert "script-src 'self'" in home.headers["Content-Security-Policy"]
    sheet = re.search(r'href="(/static/[^"]+\.css)"', body)
    assert sheet, "the page names its style sheet"
    assert re.search(r"\.[0-9a-f]{12}\.css$", sheet[1]), "a static file has its hash in its name"
    kept, _ = get(web, sheet[1], OURS)
    assert (kept.status, "immutable" in kept.headers["Cache-Control"]) == (200, True)

    plain, _ = get(web, "/", {"Host": "csm.example"})
    assert (plain.status, plain.headers["Location"]) == (301, "https://csm.example/")
    assert get(web, "/", {"Host": "elsewhere.example", "X-Forwarded-Proto": "https"})[0].status == 400
    assert get(web, "/no-such-page/", OURS)[0].status == 404
    assert get(web, "/outbox/", OURS)[0].status == 404

    # Whoever fills in a form is known by a cookie that travels over TLS alone.
    form, _ = get(web, "/accounts/login/", OURS)
    cookies = form.headers.get_all("Set-Cookie")
    assert cookies
    assert all("Secure" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    docs, described = get(web, "/api/v1/docs/", OURS)
    assert docs.status == 200
    for file in re.findall(r'"(/static/[^"]+)"', described):
        assert get(web, file, OURS)[0].status == 200, file
    missing, problem = get(web, "/api/v1/no-such/", OURS)
    assert (missing.status, json.loads(problem)["code"]) == (404, "not_found")


def test_every_container_is_pinned_and_watched() -> None:
    lasting = {name: service for name, service in SERVICES.items() if service.get("restart") != "no"}
    assert set(lasting) == {"proxy", "web", "worker", "collector", "beat", "postgres", "redis"}
    for name, service in lasting.items():
        assert re.search(r":\d+\.\d+", service["image"]) or service["image"] == "csm:local", name
        # The scheduler is watched through the heartbeat that it sends (`/readyz`).
        assert "healthcheck" in service or name == "beat", name
    for line in re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M):
        assert re.search(r":\d+\.\d+\.\d+", line), line


def test_every_variable_of_the_containers_is_documented() -> None:
    written = (ROOT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    asked |= set(re.findall(r'environment\.\w+\("(\w+)"', (ROOT / "csm" / "settings.py").read_text()))
    missing = [name for name in asked if not re.search(rf"^#?{name}=", written, re.M)]
    assert not missing
