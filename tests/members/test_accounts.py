"""Signing up and looking after one's account: allauth's pages and mails, in the words and the look of this site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.test import Client

from members.forms import ProfileForm
from members.models import Member
from tests.cast import PASSWORD, Cast
from tests.csm.test_admin import change_url, staff

WORDS = Path(settings.BASE_DIR) / "locale" / "en" / "LC_MESSAGES" / "django.po"
SIGN_UP = {"email": "nora@example.org", "display_name": "Nora", "password1": PASSWORD, "terms": "on"}


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
    # The address may be somebody else's, and a name can say anything.
    assert all(each.body.startswith("Hello,\n") for each in mails)
    assert "Nora" not in mails[0].body


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["You won\n\nhttps://evil.example", "Mia\u202eaiM", "Mi\x85a", "\u2066Mia", "Mi\u2028a"]
)
def test_a_name_is_one_line_that_turns_nothing_around(cast: Cast, name: str) -> None:
    Client().post("/accounts/signup/", SIGN_UP | {"display_name": name})
    assert not Member.objects.filter(email=SIGN_UP["email"]).exists()
    assert not mail.outbox
    client = Client()
    client.force_login(cast.mia)
    profile = {"locale": "en-gb", "time_zone": "UTC"}
    assert client.post("/me/profile/", profile | {"display_name": name}).status_code == 200
    # Joiners belong to the words of some scripts.
    persian = "مریم می\u200cخواهد"
    assert client.post("/me/profile/", profile | {"display_name": persian}).status_code == 302
    assert Member.objects.get(pk=cast.mia.pk).display_name == persian


@pytest.mark.django_db
def test_an_address_is_one_however_it_is_written(cast: Cast) -> None:
    Member.objects.create_user("Nora@Example.ORG", PASSWORD)
    cast.olga.is_superuser = True
    cast.olga.save()
    form = {"email": "Nils@Example.org", "locale": "en-gb", "time_zone": "UTC", "is_active": "on"}
    assert staff(cast.olga).post("/admin/members/member/add/", form).status_code == 302
    for address in ("nora@example.org", "nils@example.org"):
        mail.outbox.clear()
        answer = Client().post("/accounts/signup/", SIGN_UP | {"email": address})
        assert answer.headers["Location"] == "/accounts/confirm-email/"
        Client().post("/accounts/password/reset/", {"email": address})
        assert [each.subject for each in mail.outbox] == [
            "You have an account on CSM already",
            "Choose a new password for CSM",
        ]


@pytest.mark.django_db
def test_an_address_that_was_taken_from_an_account_opens_it_no_more(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.mia, email=cast.mia.email, verified=True, primary=True)
    cast.olga.is_superuser = True
    cast.olga.save()
    form = {"email": "new@example.org", "locale": "en-gb", "time_zone": "UTC", "is_active": "on"}
    assert staff(cast.olga).post(change_url(cast.mia), form).status_code == 302
    old = Client().post("/accounts/login/", {"login": "mia@example.org", "password": PASSWORD})
    assert old.status_code == 200
    new = Client().post("/accounts/login/", {"login": "new@example.org", "password": PASSWORD})
    assert new.headers["Location"] == "/accounts/confirm-email/"
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "mia@example.org"})
    assert [each.subject for each in mail.outbox] == ["There is no account with this address on CSM"]


@pytest.mark.django_db
def test_whoever_loses_an_account_hears_of_it_where_they_were(cast: Cast) -> None:
    for address, primary in ((cast.mia.email, True), ("thief@example.org", False)):
        EmailAddress.objects.create(user=cast.mia, email=address, verified=True, primary=primary)
    client = Client()
    client.post("/accounts/login/", {"login": cast.mia.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    fresh = f"{PASSWORD} again"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh})
    client.post("/accounts/email/", {"action_primary": "", "email": "thief@example.org"})
    assert [(each.to, each.subject) for each in mail.outbox] == [
        (["mia@example.org"], "The password of your account on CSM has changed"),
        (["mia@example.org"], "The e-mail address of your account on CSM has changed"),
    ]
    for each in mail.outbox:
        assert each.body.startswith("Hello,\n\nsomething has changed in your account on CSM (")
        assert "from the address 127.0.0.1" in each.body
        assert each.body.rstrip().endswith("http://testserver/accounts/password/reset/\n\nCSM")
    assert "Your e-mail address is now thief@example.org instead of mia@example.org." in mail.outbox[1].body


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
