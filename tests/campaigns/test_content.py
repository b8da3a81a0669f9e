"""What stands beside the story: pictures known by their content, a film as a link, questions, team and risks."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from campaigns import answering, launching, picturing
from campaigns.models import Campaign, Faq, Picture
from tests.campaigns.test_api import drafted, launched
from tests.campaigns.test_reviewing import visitor
from tests.cast import Cast
from tests.csm.test_admin import change_url, draft_form, staff
from tests.csm.test_drafts import wrong_fields

PAGE = "/campaigns/laser/"


def photo(size: tuple[int, int] = (2000, 1000), kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "tan").save(out, kind, **more)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has ten thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def added(cast: Cast, campaign: Campaign, alt: str = "A hall", *, is_cover: bool = False) -> Picture:
    return picturing.add(campaign, data=photo(), alt=alt, is_cover=is_cover, by=cast.petra, now=cast.now)


def test_a_picture_is_encoded_anew_upright_and_without_what_it_told_beside_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"  # held upright
    encoded = picturing.encode(photo(exif=exif, comment=b"here we live"))
    assert (encoded.width, encoded.height, encoded.small_width) == (800, 1600, 320)
    for data in (encoded.large, encoded.small):
        image = Image.open(io.BytesIO(data))
        assert image.format == "WEBP"
        assert not image.getexif()
        assert b"camera" not in data
        assert b"here we live" not in data


def test_what_is_clear_stays_clear() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(picturing.encode(out.getvalue()).large)).mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg onload='alert(1)'/>", "picture_unreadable"),
        (b"\xff\xd8\xff" + b"x" * 99, "picture_unreadable"),
        (photo()[:900], "picture_unreadable"),
        (photo(kind="GIF"), "picture_unreadable"),
        (bomb(), "picture_too_large"),
        (b"x" * (picturing.MOST_BYTES + 1), "picture_too_large"),
    ],
    ids=["svg", "no-jpeg", "cut-off", "gif", "bomb", "heavy"],
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        picturing.encode(data)
    assert refused.value.code == code


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    """Tests that run beside this one keep pictures, too."""
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.django_db
def test_a_producer_adds_orders_and_removes_pictures(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    draft, producer = drafted(cast), visitor(cast.petra)
    url = f"{PAGE}pictures/"
    for number in range(2):
        file = SimpleUploadedFile("<b>.php", photo(), content_type="text/html")
        assert producer.post(url, {"file": file, "alt": f"Hall {number}"}).status_code == 302
    first, second = draft.pictures.all()
    assert (first.is_cover, second.is_cover) == (True, False)
    for name in (str(first.large), str(first.small)):
        answer = Client().get(f"/media/{name}")
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"".join(answer).startswith(b"RIFF")
    producer.post(url, {"top": second.pk})
    assert draft.pictures.get(is_cover=True) == second
    html = producer.get(PAGE).content.decode()
    assert 'class="cover"' in html
    assert 'alt="Hall 0"' in html
    with django_capture_on_commit_callbacks(execute=True):
        producer.post(url, {"remove": first.pk})
    assert not default_storage.exists(str(first.large))
    assert Client().get(f"/media/{first.large}").status_code == 404
    file = SimpleUploadedFile("a.jpg", b"no", content_type="image/jpeg")
    assert "no picture that can be read" in producer.post(url, {"file": file, "alt": "x"}).content.decode()
    file = SimpleUploadedFile("a.jpg", photo())
    assert producer.post(url, {"file": file, "alt": " "}).status_code == 200
    assert draft.pictures.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        launching.discard_draft(draft, by=cast.petra, now=cast.now)
    assert not default_storage.exists(str(second.large))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["x.webp", "0.svg", f"{'0' * 32}.webp", "..%2F..%2Fdb.sqlite3"])
def test_nothing_else_is_served(path: str) -> None:
    assert Client().get(f"/media/pictures/{path}").status_code == 404


@pytest.mark.django_db
def test_pictures_are_their_campaigns_own_and_stay_while_it_is_reviewed(cast: Cast) -> None:
    draft, producer = drafted(cast), visitor(cast.petra)
    picture = added(cast, draft)
    other = drafted(cast, draft.facility, "saw")
    assert producer.post("/campaigns/saw/pictures/", {"remove": picture.pk}).status_code == 404
    assert visitor(cast.olga).get(f"{PAGE}pictures/").status_code == 403
    assert visitor(cast.mia).get(f"{PAGE}pictures/").status_code == 404
    cast.approve(draft)
    before = len(default_storage.listdir("pictures")[1])
    for deed in (
        lambda: picturing.remove(picture),
        lambda: picturing.put_on_top(picture),
        lambda: added(cast, draft),
        lambda: answering.save_answer(Faq(campaign=draft, question="Why?", answer="So.")),
    ):
        with pytest.raises(ValidationError) as submitted:
            deed()
        assert submitted.value.code == "campaign_submitted"
    assert len(default_storage.listdir("pictures")[1]) == before  # nothing is left of what was refused
    assert other.pictures.count() == 0
    launching.launch(draft, by=cast.petra, now=cast.now)
    added(cast, draft, is_cover=True)
    assert draft.pictures.filter(is_cover=True).count() == 1


@pytest.mark.django_db
def test_there_are_so_many_pictures_and_no_more(cast: Cast) -> None:
    draft = drafted(cast)
    row = added(cast, draft)
    for number in range(picturing.MOST_PICTURES - 1):
        row.pk, row.is_cover, row.alt = None, False, str(number)
        row._state.adding = True
        row.id = Picture._meta.pk.get_default()  # type: ignore[union-attr]
        row.save(force_insert=True)
    with pytest.raises(ValidationError) as full:
        added(cast, draft)
    assert full.value.code == "too_many_pictures"


@pytest.mark.django_db
def test_texts_are_rendered_when_saved_and_can_do_no_harm(cast: Cast) -> None:
    draft = drafted(cast)
    evil = "**Us** <script>alert(1)</script> [x](javascript:alert(1)) ![p](https://elsewhere.example/p.png)"
    draft.team = draft.risks = evil
    draft.video_url = "https://video.example/w/1"
    launching.save_draft(draft)
    faq = Faq(campaign=draft, question="Who <b>pays</b>?", answer=evil)
    answering.save_answer(faq)
    added(cast, draft)
    cast.launch(draft)
    html = Client().get(PAGE).content.decode()
    assert html.count("<strong>Us</strong>") == 3
    assert "Who &lt;b&gt;pays&lt;/b&gt;?" in html
    assert "Watch the film at video.example" in html
    assert '<a href="https://video.example/w/1" rel="noopener noreferrer nofollow">' in html
    for harm in ("<script>", 'href="javascript', '<img src="https', "<video"):
        assert harm not in html.replace('<script src="/static', "")
    told = Client().get("/api/v1/campaigns/laser/").json()
    assert told["faq"][0]["question"] == "Who <b>pays</b>?"
    assert told["pictures"][0]["alt"] == "A hall"
    assert told["video_url"] == "https://video.example/w/1"


@pytest.mark.django_db
def test_a_film_is_a_link_that_nobody_can_read_along_the_way(cast: Cast) -> None:
    facility = drafted(cast).facility
    answer = staff(cast.petra).post(
        "/admin/campaigns/campaign/add/", draft_form(cast, facility, video_url="http://video.example/1")
    )
    assert wrong_fields(answer) == ["video_url"]


@pytest.mark.django_db
def test_questions_are_answered_in_the_admin_while_it_runs(cast: Cast) -> None:
    campaign, client = launched(cast), staff(cast.petra)
    form = {"campaign": campaign.pk, "question": "May I bring my dog?", "answer": "*Yes.*", "position": 0}
    assert client.post("/admin/campaigns/faq/add/", form).status_code == 302
    faq = Faq.objects.get()
    assert faq.answer_html == "<p><em>Yes.</em></p>\n"
    assert "May I bring my dog?" in client.get(PAGE).content.decode()
    client.post(change_url(faq).replace("change/", "do/discard/"))
    assert not Faq.objects.exists()
