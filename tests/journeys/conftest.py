"""The whole platform, running: web server, two workers, beat, the local Stripe, and a browser in front of it."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from pytest_django.plugin import DjangoDbBlocker
from uuid6 import uuid7

from campaigns import launching
from campaigns.models import Campaign, Tier
from csm.demo import designs, workshop
from csm.local_stripe.process import LocalStripe, free_port, start
from facilities.models import Facility
from members.clock import database_now
from members.models import Member
from orders import opening
from orders.models import Run
from products.models import Revision
from tests.cast import ASKS_ALWAYS, OK, PASSWORD, Cast, due_now
from tests.processes import database_url
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# Playwright's blocking API runs an event loop in this thread, which Django mistakes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


class Stack:
    """The running platform and its standing cast."""

    def __init__(self, url: str, stripe: LocalStripe, folder: Path) -> None:
        self.url, self.stripe, self.folder = url, stripe, folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.cast = Cast(database_now())
        self.facility: Facility = workshop.werkhof(self.cast.werkhof, self.cast.petra, now=self.cast.now)
        self.stool: Revision = designs.stool(self.cast.petra, now=self.cast.now)
        stripe.control("POST", "topups", {"amount": 500_00, "currency": "eur"})

    def start(self, name: str, *command: object) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        environment = {
            **os.environ,
            "CSM_ENV": "test",
            "SITE_URL": self.url,
            "DATABASE_URL": database_url(),
            "STRIPE_API_BASE": self.stripe.url,
            "STRIPE_CHECKOUT_ORIGIN": self.stripe.url,
            "SWEEP_SECONDS": "1",
        }
        self.processes.append(
            subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment, stdout=log, stderr=log)
        )

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        connections.close_all()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def person(self, name: str, role: str = "") -> Member:
        """Somebody who can log in."""
        member = self.cast.person(f"{name}-{uuid7().hex[-6:]}", role)
        EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
        return member

    def campaign(self, *, minimum: str = "50.00") -> Campaign:
        """A campaign that closes when it is told to (`close`)."""
        slug = f"laser-{uuid7().hex[-8:]}"
        now = database_now()
        campaign = Campaign(
            facility=self.facility,
            title=f"Laser {slug[-4:]}",
            slug=slug,
            summary="Cut wood.",
            story="Please.",
            minimum_minor=int(float(minimum) * 100),
            goal_minor=int(float(minimum) * 100),
            deadline_at=now + datetime.timedelta(days=7),
            window_minutes=10,
        )
        launching.save_draft(campaign)
        campaign.budget.create(kind="building", label="Room", amount_minor=campaign.goal_minor)
        Tier.objects.create(campaign=campaign, title="Evening", text="Four hours.", amount_minor=20_00, cap=10)
        self.cast.launch(campaign)
        return campaign

    def close(self, what: Campaign | Run) -> None:
        """Its deadline is now; the sweep finds it."""
        assert what.fund is not None
        due_now(database_now(), what.fund)

    def run(self) -> Run:
        """A batch of stools, two at least, that closes when it is told to (`close`)."""
        now = database_now()
        return opening.open_run(
            revision=self.stool,
            facility=self.facility,
            minimum_units=2,
            maximum_units=4,
            deadline_at=now + datetime.timedelta(days=7),
            window_minutes=10,
            terms=opening.Terms(packing_minor=150),
            by=self.cast.petra,
            now=now,
        )


@pytest.fixture(scope="package")
def stack(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Started once for all journeys; they share one database and never touch each other's rows."""
    folder = tmp_path_factory.mktemp("stack")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    hook = ("--webhook-url", f"{url}/webhooks/stripe/", "--webhook-secret", settings.STRIPE_WEBHOOK_SECRET)
    stripe = start(folder / "stripe.sqlite", arguments=hook)
    bin_folder = Path(sys.executable).parent
    celery = (bin_folder / "celery", "-A", "csm")
    with django_db_blocker.unblock():
        before = settings.STRIPE_API_BASE
        settings.STRIPE_API_BASE = stripe.url
        stack = Stack(url, stripe, folder)
        try:
            stack.start(
                "web",
                *(bin_folder / "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port),
                *("--backpressure", 32, "csm.wsgi:application"),
            )
            stack.start("worker", *celery, "worker", "-n", "journeys@%h", "-Q", "default", "-c", 1, "-l", "info")
            stack.start(
                "collector",
                *(
                    *celery,
                    "worker",
                    "-n",
                    "collector-j@%h",
                    "-Q",
                    "collecting",
                    "-P",
                    "threads",
                    "-c",
                    4,
                    "-l",
                    "info",
                ),
            )
            stack.start("beat", *celery, "beat", "-s", folder / "beat", "-l", "info")
            wait_until(lambda: _answers(f"{url}/healthz"), seconds=40)
            yield stack
        finally:
            stack.stop()
            stripe.stop()
            settings.STRIPE_API_BASE = before
            call_command("flush", verbosity=0, interactive=False)
            connections.close_all()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """Somebody in front of a browser."""

    def __init__(self, stack: Stack, context: BrowserContext, member: Member) -> None:
        self.stack, self.member = stack, member
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)

    def log_in(self) -> Visitor:
        self.open("/accounts/login/")
        self.page.fill("[name=login]", self.member.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main form button[type=submit]")
        self.page.wait_for_url(lambda url: "login" not in url)
        return self

    def open(self, path: str) -> None:
        self.page.goto(f"{self.stack.url}{path}")

    def save_card(self, number: str = OK) -> None:
        """On the hosted page of the card processor."""
        try:
            self.page.wait_for_url(f"{self.stack.stripe.url}/**")
        except PlaywrightError as error:
            raise AssertionError(f"No card page, but: {self.page.inner_text('main')}") from error
        self.page.fill("#number", number)
        self.page.fill("#expiry", "12/34")
        self.page.fill("#cvc", "123")
        self.page.click("text=Save card")
        if number == ASKS_ALWAYS:
            # Its bank wants to know already when the card is saved.
            self.page.click("button:has-text('Approve')")
        self.page.wait_for_url(f"{self.stack.url}/**")

    def support(self, campaign: Campaign, amount: str, number: str = OK) -> None:
        """From the campaign's page to the card page and back."""
        self.open(campaign.get_absolute_url())
        self.page.click("text=Support this")
        self.page.fill("[name=extra]", amount)
        self.page.click("text=Go on")
        self.page.click("text=Support with obligation to pay")
        self.save_card(number)

    def see(self, text: str, *, seconds: float = 30) -> None:
        """Look again and again until the page says it."""

        def there() -> bool:
            try:
                self.page.goto(self.page.url)
                return text in self.page.inner_text("main")
            except PlaywrightError:
                return False  # it was just on its way elsewhere

        wait_until(there, seconds)


@pytest.fixture
def visitor(stack: Stack, browser: Browser) -> Iterator[Any]:
    """Makes logged-in visitors: `visitor("mia")`."""
    contexts: list[BrowserContext] = []

    def make(name: str, role: str = "") -> Visitor:
        contexts.append(browser.new_context(viewport={"width": 390, "height": 844}))
        return Visitor(stack, contexts[-1], stack.person(name, role)).log_in()

    yield make
    for context in contexts:
        context.close()
