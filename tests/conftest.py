"""What all tests stand on: real PostgreSQL, real Redis, and a local Stripe in a process of its own."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

from csm.local_stripe.process import LocalStripe, start
from members.clock import database_now
from payments import stripe_gateway
from tests.cast import Cast

# A property holds or fails by its values: how fast they come on a busy machine says nothing.
hypothesis_settings.register_profile(
    "unhurried", hypothesis_settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Transactional tests empty every table after them, which the ledger forbids: here, and only here, it may be."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("payments_entry", "payments_posting"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ledger_no_truncate")
    yield
    # Connections of threads that have ended may linger, and keep the database from being dropped.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def _stripe_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStripe]:
    folder: Path = tmp_path_factory.mktemp("stripe")
    stripe = start(folder / "stripe.sqlite", arguments=("--webhook-secret", settings.STRIPE_WEBHOOK_SECRET))
    yield stripe
    stripe.stop()


@pytest.fixture
def local_stripe(_stripe_process: LocalStripe, settings: Any) -> LocalStripe:
    """An empty local Stripe that the gateway talks to, as fast as it can."""
    _stripe_process.control("POST", "reset")
    settings.STRIPE_API_BASE = settings.STRIPE_CHECKOUT_ORIGIN = _stripe_process.url
    settings.STRIPE_REQUESTS_PER_SECOND = 100_000
    stripe_gateway.forget_client()
    return _stripe_process


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def now(db: None) -> datetime.datetime:
    return database_now()


@pytest.fixture
def cast(db: None, now: datetime.datetime) -> Cast:
    """The standing cast: a co-operative that receives money, its people, and strangers."""
    return Cast(now)
