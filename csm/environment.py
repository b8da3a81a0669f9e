"""Reading settings from the environment, refusing what is missing or contradictory by name."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MODES = ("development", "test", "production")


def mode() -> str:
    """One of MODES; production when nothing is said, so that forgetting it is safe."""
    value = os.environ.get("CSM_ENV", "production")
    if value not in MODES:
        raise ImproperlyConfigured(f"CSM_ENV is {value!r}; it takes one of: {', '.join(MODES)}.")
    return value


def required(name: str) -> str:
    """The value of `name`. Raises ImproperlyConfigured naming it when it is missing or empty."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is missing from the environment. See .env.example.")
    return value


def optional(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def switch(name: str, default: bool) -> bool:
    """`on` or `off`. Raises ImproperlyConfigured naming it when it is anything else."""
    value = os.environ.get(name, "").strip() or ("on" if default else "off")
    if value not in ("on", "off"):
        raise ImproperlyConfigured(f"{name} is {value!r}; it is on or off.")
    return value == "on"


def integer(name: str, default: int) -> int:
    """A whole number ≥ 0. Raises ImproperlyConfigured naming it when it is anything else."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a whole number.")
    return int(value)


def decimal(name: str, default: str) -> Decimal:
    """A decimal number ≥ 0 with a point. Raises ImproperlyConfigured naming it when it is anything else."""
    value = os.environ.get(name, "").strip() or default
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a number such as 1.5.")
    return Decimal(value)


def listed(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def origin(name: str, default: str = "") -> str:
    """A web address without a path, such as https://csm.example. Raises ImproperlyConfigured otherwise."""
    value = (optional(name, default) or required(name)).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a web address such as https://csm.example.")
    return value


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for postgres://user:password@host:port/name?option=value.

    A host that is a percent-encoded path, or ?host=/path, is a Unix socket directory.
    Raises ImproperlyConfigured for any other database.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL begins with {parts.scheme!r}; CSM runs on postgres:// only.")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database: postgres://user:password@host:5432/NAME.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
