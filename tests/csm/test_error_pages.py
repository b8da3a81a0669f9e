"""Pages that say no: in the house's look, and with what to do next."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.views import defaults

from tests.cast import PASSWORD, Cast
from tests.orders.test_run import Batch


@pytest.mark.django_db
def test_a_form_that_has_grown_stale_is_told_what_to_do(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    without = client.post("/accounts/login/", {"login": cast.mia.email, "password": PASSWORD})
    assert without.status_code == 403
    html = without.content.decode()
    assert "Please send it once more" in html
    assert "Allow cookies" in html
    # The page of the house: its menu, its style, in which one is still not logged in.
    assert 'class="site"' in html
    assert "Log in" in html
    client.get("/accounts/login/")
    stale = client.post("/accounts/login/", {"login": cast.mia.email, "csrfmiddlewaretoken": "x" * 64}).content.decode()
    assert "in another tab" in stale
    assert "Allow cookies" not in stale


@pytest.mark.django_db
def test_whoever_may_not_see_a_page_reads_what_they_can_do(cast: Cast) -> None:
    bench = f"{Batch(cast).run.get_absolute_url()}bench/"
    client = Client()
    client.force_login(cast.mia)
    refused = client.get(bench)
    assert refused.status_code == 403
    assert cast.mia.email in refused.content.decode()
    assert "Log out" in refused.content.decode()


def test_pages_without_a_request_are_drawn_too() -> None:
    """Django renders these two without one, when nobody knows who asks."""
    request: HttpRequest = RequestFactory().get("/")
    for page in (defaults.bad_request(request, Exception()), defaults.server_error(request)):
        assert "To the front page" in page.content.decode()
