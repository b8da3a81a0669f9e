"""Which mails members get: on a page of theirs, by the link in each mail, and by their mail program's own button."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.test import Client
from post_office.models import Email

from members import mail_choosing, mail_links, mailing
from members.models import MailChoice, MailKind, Member
from tests.cast import Cast
from tests.funding.test_races import at_once

NEWS, REMINDERS = MailKind.NEWS, MailKind.REMINDERS


def link_of(mail: Email) -> str:
    return str(mail.headers["List-Unsubscribe"])[1:-1]


def sent(member: Member, kind: MailKind | None) -> bool:
    return mailing.send(member, "campaigns/mail/probe", {}, kind=kind)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail's words, whatever its template: what is tried here is around them."""
    real = mailing.render_to_string

    def render(name: str, context: dict[str, object]) -> str:
        return "Hello\n\nText." if name == "campaigns/mail/probe.txt" else real(name, context)

    monkeypatch.setattr(mailing, "render_to_string", render)


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
def test_a_mail_of_a_kind_can_be_stopped_by_its_link_and_money_cannot(cast: Cast) -> None:
    assert sent(cast.mia, NEWS)
    mail = Email.objects.get()
    link = link_of(mail)
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.message
    assert link in mail.html_message
    path = link.removeprefix(settings.SITE_URL)
    # A scanner follows it: nothing happens.
    asked = Client().get(path)
    assert "Stop these mails?" in asked.content.decode()
    assert mail_choosing.wants(cast.mia, NEWS)
    # The mail program's own button: no cookie, no token of a form, no log-in.
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, not answer.cookies) == (200, True)
    assert "These mails have stopped" in answer.content.decode()
    assert not sent(cast.mia, NEWS)
    assert sent(cast.mia, REMINDERS)
    assert sent(cast.theo, NEWS)
    # One's own money is of no kind, and carries no such link.
    assert sent(cast.mia, None)
    own = Email.objects.latest("pk")
    assert not own.headers
    assert "Stop these mails" not in own.message + own.html_message
    strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert MailChoice.objects.count() == 1


@pytest.mark.django_db
def test_a_forged_link_stops_nothing(cast: Cast) -> None:
    good = mail_links.unsubscribe_link(cast.mia.pk, NEWS).removeprefix(settings.SITE_URL)
    elsewhere = signing.dumps([str(cast.mia.pk), "news"], salt="elsewhere")
    odd = signing.dumps([str(cast.mia.pk), "money"], salt="members.mail_links")
    for path in (good[:-2] + "/", f"/mails/{elsewhere}/", f"/mails/{odd}/", "/mails/x/"):
        assert Client().post(path).status_code == 404, path
    assert not MailChoice.objects.exists()
    assert Client().post(good).status_code == 200
    assert not mail_choosing.wants(cast.mia, NEWS)


@pytest.mark.django_db
@pytest.mark.usefixtures("probe")
def test_who_may_not_log_in_any_more_gets_none(cast: Cast) -> None:
    Member.objects.filter(pk=cast.mia.pk).update(is_active=False, password=make_password(None))
    cast.mia.refresh_from_db()
    assert not sent(cast.mia, NEWS)


@pytest.mark.django_db
def test_a_page_of_ones_own_says_which_and_what_cannot_be_switched_off(cast: Cast) -> None:
    client = Client()
    assert client.get("/me/mails/").status_code == 302
    client.force_login(cast.mia)
    text = client.get("/me/mails/").content.decode()
    assert text.count("checked") == 3
    assert "Mails about your own money always come" in text
    assert "/me/mails/" in client.get("/me/profile/").content.decode()
    client.post("/me/mails/", {"kinds": ["reminders"]})
    assert mail_choosing.wanted(cast.mia) == {REMINDERS}
    assert client.get("/me/mails/").content.decode().count("checked") == 1
    client.post("/me/mails/", {})
    assert mail_choosing.wanted(cast.mia) == set()
    client.post("/me/mails/", {"kinds": ["news", "money"]})
    assert mail_choosing.wanted(cast.mia) == set(), "what is unknown changes nothing"
    client.post("/me/mails/", {"kinds": ["news", "comments", "reminders"]})
    assert mail_choosing.wanted(cast.mia) == set(MailKind)
    assert mail_choosing.wanted(cast.theo) == set(MailKind)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_choosing_in_two_windows_at_once_leaves_one_choice(cast: Cast) -> None:
    def stop() -> None:
        mail_choosing.choose(cast.mia.pk, NEWS, False, now=cast.now)

    assert at_once(stop, stop, stop, stop) == [None] * 4
    assert MailChoice.objects.count() == 1
