"""What carries a campaign elsewhere: the picture, the widget, the code, the poster, the feeds, and what search engines read."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from campaigns import drawing
from campaigns.models import Campaign
from tests.campaigns.test_api import drafted, launched
from tests.cast import Cast

PAGE = "/campaigns/laser/"
PARTS = ("picture.png", "widget/", "code.svg", "code.png", "poster/", "news.atom")
ATOM = "{http://www.w3.org/2005/Atom}"


def card(**words: object) -> drawing.Card:
    given = {"place": "Werkhof, Eutin", "title": "Laser", "have": "€50.00", "counts": "", "minimum": "", "goal": ""}
    return drawing.Card(**{**given, "when": "", "done_permille": 250, "minimum_permille": 500, **words})  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
def test_nothing_of_a_draft_is_carried_elsewhere(cast: Cast, part: str) -> None:
    drafted(cast)
    client = Client()
    client.force_login(cast.petra)
    assert client.get(PAGE + part).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
def test_every_part_asks_little_and_sets_no_cookie(cast: Cast, part: str) -> None:
    launched(cast)
    with CaptureQueriesContext(connection) as asked:
        answer = Client().get(PAGE + part)
    assert answer.status_code == 200
    assert not answer.cookies
    assert len(asked) <= 3


@pytest.mark.django_db
def test_the_picture_follows_the_progress_and_is_drawn_once_for_each_state(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = launched(cast)
    assert campaign.fund is not None
    drawn: list[drawing.Card] = []
    draw = drawing.picture
    monkeypatch.setattr(drawing, "picture", lambda card: drawn.append(card) or draw(card))
    first = Client().get(f"{PAGE}picture.png")
    assert Image.open(io.BytesIO(first.content)).size == (1200, 630)
    again = Client().get(f"{PAGE}picture.png", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get(f"{PAGE}picture.png").content == first.content
    assert len(drawn) == 1
    cast.secured(campaign.fund, "150.00")
    later = Client().get(f"{PAGE}picture.png", headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert later.headers["ETag"] != first.headers["ETag"]
    assert [(one.have, one.done_permille) for one in drawn] == [("€0.00", 0), ("€150.00", 750)]


def test_the_bar_is_as_long_as_what_is_promised() -> None:
    def green(permille: int) -> int:
        image = Image.open(io.BytesIO(drawing.picture(card(done_permille=permille)))).convert("RGB")
        return sum(
            image.getpixel((x, 466)) == (31, 107, 74) for x in range(drawing.MARGIN, drawing.WIDTH - drawing.MARGIN)
        )

    assert green(0) == 0
    assert abs(green(250) - 264) < 10
    assert abs(green(1000) - 1056) < 10


@pytest.mark.parametrize(
    "title", ["x" * 300, "word " * 60, "", "Ein sehr langer Titel über eine Werkstatt am Hafen", "机床"]
)
def test_any_title_finds_room(title: str) -> None:
    image = Image.open(io.BytesIO(drawing.picture(card(title=title, place=title)))).convert("RGB")
    paper = (250, 247, 240)
    edges = [image.getpixel((x, y)) for x in (0, 40, 1160, 1199) for y in range(630)]
    assert set(edges) == {paper}


@pytest.mark.django_db
def test_only_the_widget_may_be_framed_by_others(cast: Cast) -> None:
    launched(cast)
    widget, page = Client().get(f"{PAGE}widget/"), Client().get(PAGE)
    assert "frame-ancestors *" in widget.headers["Content-Security-Policy"]
    assert "script-src 'none'" in widget.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in widget.headers
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    # Whoever is logged in sees the same: nothing of theirs shows on somebody else's page.
    cache.clear()
    member = Client()
    member.force_login(cast.mia)
    seen = member.get(f"{PAGE}widget/")
    assert "frame-ancestors *" in seen.headers["Content-Security-Policy"]
    assert seen.content == widget.content
    for word in (b"<script", b"<form", b"Mia"):
        assert word not in widget.content


@pytest.mark.django_db
def test_the_page_says_what_it_is_to_those_who_show_it(cast: Cast) -> None:
    campaign = launched(cast)
    Campaign.objects.filter(pk=campaign.pk).update(title='</script><b>"Laser" & more')
    html = Client().get(PAGE).content.decode()
    site = settings.SITE_URL
    assert f'<link rel="canonical" href="{site}{PAGE}">' in html
    assert f'<meta property="og:image" content="{site}{PAGE}picture.png">' in html
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found is not None
    said = json.loads(found[1])
    assert said["name"] == '</script><b>"Laser" & more'
    assert said["location"]["geo"] == {"@type": "GeoCoordinates", "latitude": 54.137, "longitude": 10.618}
    embed = re.search(r"<textarea[^>]*>(.*?)</textarea>", html)
    assert embed is not None
    assert f"{site}{PAGE}widget/" in embed[1]
    assert "<b>" not in html


@pytest.mark.django_db
def test_feeds_hold_what_is_public_and_nothing_else(cast: Cast) -> None:
    campaign = launched(cast)
    drafted(cast, campaign.facility, "saw")
    for number in range(3):
        campaign.updates.create(
            title=f"News {number}",
            text="x",
            text_html="<p>x</p>",
            author=cast.petra,
            state="published",
            published_at=cast.now,
        )
    feed = ET.fromstring(Client().get("/campaigns.atom").content)
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == ["Laser cutter, Eutin"]
    news = ET.fromstring(Client().get(f"{PAGE}news.atom").content)
    assert len({entry.findtext(f"{ATOM}id") for entry in news.iter(f"{ATOM}entry")}) == 3


@pytest.mark.django_db
def test_search_engines_are_told_what_there_is(cast: Cast) -> None:
    campaign = launched(cast)
    drafted(cast, campaign.facility, "saw")
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in Client().get("/robots.txt").content.decode()
    with CaptureQueriesContext(connection) as asked:
        listed = Client().get("/sitemap.xml").content.decode()
    assert len(asked) <= 10
    assert f"{PAGE}</loc>" in listed
    assert "/campaigns/saw/" not in listed
    assert "/workshops/werkhof/</loc>" in listed


@pytest.mark.django_db
def test_the_code_and_the_poster_lead_to_the_page(cast: Cast) -> None:
    launched(cast)
    svg = Client().get(f"{PAGE}code.svg")
    assert svg.headers["Content-Type"] == "image/svg+xml"
    ET.fromstring(svg.content)
    png = Image.open(io.BytesIO(Client().get(f"{PAGE}code.png").content)).convert("1")
    modules = {
        "".join("#" if png.getpixel((x + 5, y + 5)) == 0 else "." for x in range(0, png.width, 10))
        for y in range(0, png.height, 10)
    }
    wanted = drawing._code(f"{settings.SITE_URL}{PAGE}")
    assert {"".join("#" if dark else "." for dark in row) for row in wanted.get_matrix()} == modules
    poster = Client().get(f"{PAGE}poster/").content.decode()
    assert f"{settings.SITE_URL}{PAGE}" in poster
    assert "code.svg" in poster
