"""The front page: what can be done now, what became of what was, and for members what waits for them."""

from __future__ import annotations

import datetime

import pytest
from django.core.cache import cache
from django.test import Client

from funding.models import Commitment, Fund, Tally
from tests.campaigns.test_api import launched
from tests.cast import Cast
from tests.everything import Everything


def front(client: Client | None = None) -> str:
    cache.clear()
    return (client or Client()).get("/").content.decode()


@pytest.mark.django_db
def test_an_empty_installation_leads_somewhere(cast: Cast) -> None:
    html = front()
    assert "See the workshops that are there" in html
    assert "Reached, and what became of it" not in html
    assert "taking orders" not in html


@pytest.mark.django_db
def test_running_campaigns_open_batches_and_reached_ones_each_have_their_place(cast: Cast) -> None:
    everything = Everything(cast)
    html = front()
    assert html.index("Need support now") < html.index("/campaigns/laser/") < html.index("How it stays honest")
    assert f"/batches/{everything.run.pk}/" in html
    fund = everything.campaign.fund
    assert fund is not None
    Fund.objects.filter(pk=fund.pk).update(
        state="settled", outcome="met", required_minor=10_000, window_ends_at=cast.now, decided_at=cast.now
    )
    Tally.objects.create(fund=fund, kind="collected", amount_minor=123_00, promises=2)
    html = front()
    assert "No campaign is running just now." in html
    assert "<strong>€123.00</strong> arrived in 2 payments." in html
    assert "Handed over to the workshop." in html
    assert "/campaigns/laser/accounts/" in html
    for number, (title, state, audience) in enumerate(
        (
            ("Old", "published", "public"),
            ("The <laser> is here", "published", "public"),
            ("For supporters", "published", "backers"),
            ("Half written", "draft", "public"),
        )
    ):
        moment = cast.now + datetime.timedelta(days=number)
        everything.campaign.updates.create(
            title=title,
            text="x",
            text_html="x",
            author=cast.petra,
            audience=audience,
            state=state,
            published_at=moment if state == "published" else None,
        )
    html = front()
    assert "Latest news: “The &lt;laser&gt; is here”" in html
    assert "For supporters" not in html
    assert "Half written" not in html


@pytest.mark.django_db
def test_a_member_reads_what_waits_for_them_and_a_stranger_never_does(cast: Cast) -> None:
    everything = Everything(cast)
    mia = Client()
    mia.force_login(cast.mia)
    first = Commitment.objects.filter(member=cast.mia, state="draft").count()
    assert first >= 1
    html = front(mia)
    assert "Waiting for you" in html
    assert "/me/support/" in html
    assert "Waiting for you" not in Client().get("/").content.decode()
    Commitment.objects.filter(member=cast.mia, state="draft").update(state="abandoned")
    assert "Waiting for you" not in front(mia)
    assert everything.campaign.title in front(mia)


@pytest.mark.django_db
def test_an_unchanged_front_page_costs_nothing(cast: Cast, django_assert_num_queries: object) -> None:
    launched(cast)
    front()
    first = Client().get("/")
    with django_assert_num_queries(0):  # type: ignore[operator]
        again = Client().get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
