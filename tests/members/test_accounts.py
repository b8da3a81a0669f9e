"""Signing up and looking after one's account: allauth's pages and mails, in the words and the look of this site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.test import Client

from members.forms import ProfileForm
from members.models import Member
from tests.cast import PASSWORD, Cast

WORDS = Path(settings.BASE_DIR) / "locale" / "en" / "LC_MESSAGES" / "django.po"
SIGN_UP = {"email": "nora@example.org", "display_name": "Nora", "password1": PASSWORD}


def headings(html: str) -> list[str]:
    texts = re.findall(r"<(?:title|h1|h2|button)[^>]*>(.*?)</", html, re.DOTALL)
    return [" ".join(text.replace("· CSM", "").split()) for text in texts]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en-gb", "en-us"])
def test_account_pages_speak_like_the_rest(cast: Cast, language: str) -> None:
    stranger, member = Client(headers={"accept-language": language}), Client(headers={"accept-language": language})
    member.force_login(cast.mia)
    for client, paths in (
        (stranger, ("login", "signup", "password/reset", "password/reset/done", "confirm-email", "confirm-email/x")),
        (member, ("logout", "email", "password/change", "2fa", "2fa/recovery-codes/generate", "reauthenticate")),
    ):
        for path in paths:
            html = client.get(f"/accounts/{path}/", follow=True).content.decode()
            assert len(headings(html)) >= 2
            for text in headings(html):
                capitals = [word for word in text.split()[1:] if word[:1].isupper() and word != "CSM"]
                assert not capitals, (path, text)
                assert "sign in" not in text.lower(), (path, text)


def test_the_compiled_words_are_those_that_were_written() -> None:
    with WORDS.open("rb") as written, WORDS.with_suffix(".mo").open("rb") as compiled:
        catalogues = (read_po(written), read_mo(compiled))
        # One of the two readers gives plurals as lists.
        said, known = ({tuple(word.id): tuple(word.string) for word in words if word.id} for words in catalogues)
    assert said == known, "pybabel compile -d locale -D django"


@pytest.mark.django_db
def test_a_refused_form_says_so_beside_the_field() -> None:
    html = Client().post("/accounts/signup/", SIGN_UP | {"password1": "123"}).content.decode()
    assert 'id="id_password1_error"' in html
    assert 'aria-describedby="id_password1_helptext id_password1_error"' in html
    wrong = Client().post("/accounts/login/", {"login": "a@example.org", "password": "x"}).content.decode()
    assert re.search(r'class="errorlist nonfield"[^>]*><li>This e-mail address and password', wrong)


@pytest.mark.django_db
def test_mails_about_the_account_name_the_site_and_not_its_host(cast: Cast) -> None:
    client = Client()
    client.post("/accounts/signup/", SIGN_UP)
    client.post("/accounts/signup/", SIGN_UP | {"email": cast.mia.email})
    client.post("/accounts/password/reset/", {"email": cast.mia.email})
    client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    mails = mail.outbox
    assert [each.subject for each in mails] == [
        "Confirm your e-mail address for CSM",
        "You have an account on CSM already",
        "Choose a new password for CSM",
        "There is no account with this address on CSM",
    ]
    for each in mails:
        assert len(re.findall(r"http://testserver/accounts/\S+/", each.body)) == 1
        assert "testserver" not in re.sub(r"http://\S+", "", each.body)
    assert mails[0].body.startswith("Hello Nora,")


@pytest.mark.django_db
def test_newcomers_start_with_what_they_could_have_chosen() -> None:
    settings.TIME_ZONE, before = "Europe/Berlin", settings.TIME_ZONE
    try:
        Client(headers={"accept-language": "de"}).post("/accounts/signup/", SIGN_UP)
    finally:
        settings.TIME_ZONE = before
    nora = Member.objects.get(email=SIGN_UP["email"])
    assert (nora.locale, nora.time_zone) == ("en-gb", "Europe/Berlin")
    assert Member().locale == settings.LANGUAGE_CODE
    assert Member().locale in dict(settings.LANGUAGES)


def test_time_zones_are_grouped_and_an_old_name_is_kept() -> None:
    shown = str(ProfileForm(instance=Member(time_zone="US/Pacific"))["time_zone"])
    assert shown.count("<optgroup") == 10
    assert '<optgroup label="Europe">' in shown
    assert '<option value="America/Argentina/Salta">Salta, Argentina</option>' in shown
    assert '<option value="US/Pacific" selected>' in shown
    assert "US/Pacific" not in str(ProfileForm(instance=Member())["time_zone"])
