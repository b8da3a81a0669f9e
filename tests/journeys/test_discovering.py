"""Somebody looks for a campaign: with a script while they type, without one by a form like any other."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from facilities.models import Facility
from tests.journeys.conftest import Stack

pytestmark = [pytest.mark.browser]


@pytest.mark.django_db
def test_the_database_is_laid_out(stack: Stack) -> None:
    assert Facility.objects.exists()


def test_what_is_found_changes_while_one_types_and_the_address_says_it(stack: Stack, browser: Any) -> None:
    wanted, other = stack.campaign(), stack.campaign()
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        permissions=["geolocation"],
        geolocation={"latitude": 54.8, "longitude": 9.4},
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{stack.url}/campaigns/")
    page.fill("#id_q", wanted.title)
    page.wait_for_url(f"**/campaigns/?q=Laser*{wanted.title[-4:]}")
    page.wait_for_function("document.querySelector('#count').textContent.includes('1 campaign')")
    assert page.locator(f"#found a[href='{wanted.get_absolute_url()}']").count() == 1
    assert page.locator(f"#found a[href='{other.get_absolute_url()}']").count() == 0
    # Where one is stands in the address, to about a kilometre.
    page.click(".finder summary")
    page.click("#here")
    page.wait_for_url("**near=54.80%2C9.40*")
    page.wait_for_function("document.querySelector('#found').textContent.includes('km away')")
    page.go_back()
    page.wait_for_url(f"**/campaigns/?q=Laser*{wanted.title[-4:]}")
    context.close()
    assert errors == []


def test_without_a_script_the_form_finds_the_same(stack: Stack, browser: Any) -> None:
    wanted = stack.campaign()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stack.url}/")
    page.fill("#id_q", wanted.title)
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/?q=*")
    assert page.locator(f"#found a[href='{wanted.get_absolute_url()}']").count() == 1
    assert not page.locator("#here").is_visible()
    page.select_option("#id_state", "ended")
    page.click(".finder .ask button")
    page.wait_for_url("**state=ended*")
    assert "Nothing like that is here." in page.inner_text("#found")
    context.close()


def test_a_widget_stands_on_somebody_elses_page_without_a_cookie(stack: Stack, browser: Any) -> None:
    campaign = stack.campaign()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{stack.url}{campaign.get_absolute_url()}")
    page.click("details:has(#embed) summary")
    lines = page.input_value("#embed")
    assert f"{campaign.get_absolute_url()}widget/" in lines
    pages = {"/widget": lines, "/page": lines.replace("/widget/", "/")}

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    elsewhere = context.new_page()
    try:
        elsewhere.goto(f"http://127.0.0.1:{server.server_port}/widget", wait_until="networkidle")
        assert campaign.title in elsewhere.frame_locator("iframe").locator("h1").inner_text()
        # A page that is no widget stays out of other people's frames.
        elsewhere.goto(f"http://127.0.0.1:{server.server_port}/page", wait_until="networkidle")
        assert campaign.title not in elsewhere.frame_locator("iframe").locator("body").inner_text()
    finally:
        server.shutdown()
    assert context.cookies() == []
    context.close()
