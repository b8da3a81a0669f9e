"""Every page can be used by everybody: axe finds nothing serious, nothing runs over the edge of a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.conftest import Stack

pytestmark = [pytest.mark.browser]

STRANGERS = (
    "/",
    "/campaigns/",
    "/campaigns/?q=laser&near=Flensburg&state=running",
    "/campaigns/?q=zebra",
    "{campaign}",
    "{campaign}widget/",
    "{campaign}poster/",
    "{campaign}accounts/",
    "{campaign}news/",
    "{campaign}talk/",
    "/batches/",
    "{run}",
    "{run}bill/",
    "/designs/",
    "{design}",
    "/workshops/",
    "/workshops/werkhof-nord/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/nowhere/",
)
MEMBERS = (
    "/me/",
    "/me/profile/",
    "/me/mails/",
    "{campaign}talk/",
    "{campaign}follow/",
    "/producing/",
    "{campaign}support/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
)


# pytest-django lays out a database only when a test says that it needs one.
@pytest.mark.django_db
def test_the_database_is_laid_out(stack: Stack) -> None:
    assert stack.facility.machines.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(stack: Stack, visitor: Any, browser: Any, scheme: str) -> None:
    campaign, run = stack.campaign(), stack.run()
    known = {
        "campaign": campaign.get_absolute_url(),
        "run": run.get_absolute_url(),
        "design": stack.stool.design.get_absolute_url(),
    }
    mia = visitor("mia")
    mia.page.emulate_media(color_scheme=scheme)
    context = browser.new_context(viewport={"width": 360, "height": 800}, color_scheme=scheme)
    stranger = context.new_page()
    found = []
    for page, paths in ((stranger, STRANGERS), (mia.page, MEMBERS)):
        for path in paths:
            page.goto(stack.url + path.format(**known))
            result = Axe().run(page)
            found += [
                (path, violation["id"], violation["nodes"][0]["target"])
                for violation in result.response["violations"]
                if violation["impact"] in ("serious", "critical")
            ]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                found.append((path, "runs over the edge", []))
    context.close()
    assert found == []


def test_no_page_does_what_its_policy_forbids(stack: Stack, visitor: Any, browser: Any) -> None:
    known = {
        "campaign": stack.campaign().get_absolute_url(),
        "run": stack.run().get_absolute_url(),
        "design": stack.stool.design.get_absolute_url(),
    }
    context = browser.new_context()
    stranger, mia = context.new_page(), visitor("mia").page
    found: list[str] = []
    for page, paths in ((stranger, (*STRANGERS, "/api/v1/docs/")), (mia, MEMBERS)):
        page.on("console", lambda said: found.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: found.append(str(error)))
        for path in paths:
            page.goto(stack.url + path.format(**known), wait_until="networkidle")
    assert "/api/v1/orders/" in stranger.inner_text("#swagger-ui")
    context.close()
    assert found == []


def test_the_menu_is_one_row_on_a_phone_and_opens_without_a_script(stack: Stack, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stack.url}/designs/")
    header, link = page.locator("body > header"), page.locator("nav.site a[href='/batches/']")
    assert header.bounding_box()["height"] < 80
    assert not link.is_visible()
    for _stop in ("skip link", "mark", "menu"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert link.is_visible()
    page.keyboard.press("Enter")
    assert not link.is_visible()
    page.click(".menu summary")
    link.click()
    page.wait_for_url("**/batches/")
    assert not link.is_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    assert link.is_visible()
    assert not page.locator(".menu").is_visible()
    context.close()


def test_the_open_menu_can_be_used_by_everybody(stack: Stack, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(stack.url)
    page.click(".menu summary")
    found = Axe().run(page).response["violations"]
    context.close()
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
