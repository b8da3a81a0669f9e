"""A stranger supports a campaign with nothing but an e-mail address, and loses nothing of what they typed."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from campaigns.models import Pledge
from csm.local_stripe.process import LocalStripe
from members.models import Member
from tests.campaigns.test_api import launched
from tests.campaigns.test_lines import sent
from tests.cast import PASSWORD, Cast

SUPPORT = "/campaigns/laser/support/"
NEW = "stranger@example.org"


@pytest.fixture(autouse=True)
def _no_earlier_attempts() -> None:
    cache.clear()


def last_to(email: str) -> str:
    return str([sent.body for sent in mail.outbox if sent.to == [email]][-1])


def code_sent_to(email: str) -> str:
    found = re.search(r"\n\n(\S{4,12})\n\n", last_to(email))
    assert found is not None, last_to(email)
    return found[1]


def chosen(cast: Cast, client: Client) -> dict[str, str]:
    """A stranger chooses an evening and five on top, and reads what it binds to."""
    campaign = launched(cast)
    said = sent(client, campaign, extra="5", is_anonymous="on", **{f"n-{campaign.tiers.get().pk}": "1"})
    review = client.post(SUPPORT, said).content.decode()
    assert "with €25.00" in review
    assert "Who you are" in review
    assert "obligation to pay" not in review
    return said


def asked(cast: Cast, client: Client, email: str) -> str:
    """They give an address; where that leads."""
    said = chosen(cast, client)
    answer = client.post(SUPPORT, said | {"email": email})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("email", [NEW, "Mia@example.org"])
def test_a_stranger_types_a_code_and_goes_on_where_they_were(cast: Cast, local_stripe: LocalStripe, email: str) -> None:
    client = Client()
    page = asked(cast, client, email)
    # Who is new and who is not is told to nobody.
    html = client.get(page).content.decode()
    assert "Type the code from the mail" in html
    wrong = client.post(page, {"code": "000000", "next": f"{SUPPORT}?go_on=1"})
    assert wrong.status_code == 200
    back = client.post(page, {"code": code_sent_to(email.lower()), "next": f"{SUPPORT}?go_on=1"})
    assert back.headers["Location"] == f"{SUPPORT}?go_on=1"
    review = client.get(back.headers["Location"], follow=True).content.decode()
    if email == NEW:
        # Whoever is new agrees to the terms, and goes on from there.
        assert "I agree to these terms" in review
        given = dict(re.findall(r'name="(next|version)" value="([^"]*)"', review))
        review = client.post(reverse("members:accept"), given, follow=True).content.decode()
    assert "Support with obligation to pay €25.00" in review
    hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', review))
    paying = client.post(SUPPORT, hidden)
    assert paying.headers["Location"].startswith(local_stripe.url)
    pledge = Pledge.objects.get()
    assert (pledge.member.email, pledge.is_anonymous, pledge.commitment.maximum_minor) == (email.lower(), True, 25_00)
    assert pledge.lines.get().quantity == 1
    # What was kept for the way is not kept for longer.
    assert "support_typed" not in client.session
    assert not pledge.member.has_usable_password() or email != NEW


@pytest.mark.django_db
def test_who_has_a_password_goes_on_as_well(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.mia, email=cast.mia.email, primary=True, verified=True)
    client = Client()
    chosen(cast, client)
    log_in = {"login": "mia@example.org", "password": PASSWORD, "next": f"{SUPPORT}?go_on=1"}
    html = client.post("/accounts/login/", log_in, follow=True).content.decode()
    assert "Support with obligation to pay €25.00" in html


@pytest.mark.django_db
def test_what_one_typed_is_shown_to_nobody_else_and_for_no_other_campaign(cast: Cast) -> None:
    asked(cast, Client(), NEW)
    other = Client()
    other.force_login(cast.mia)
    assert "obligation to pay" not in other.get(f"{SUPPORT}?go_on=1").content.decode()


@pytest.mark.django_db
def test_a_password_given_to_an_address_before_its_owner_came_opens_nothing(cast: Cast) -> None:
    """Somebody signs up with an address that is not theirs, and waits for its owner to prove it."""
    Client().post("/accounts/signup/", {"email": NEW, "password1": "a thief's own words", "terms": "on"})
    assert Member.objects.get(email=NEW).has_usable_password()
    client = Client()
    page = asked(cast, client, NEW)
    client.post(page, {"code": code_sent_to(NEW), "next": "/me/"})
    assert "_auth_user_id" in client.session
    thief = Client()
    thief.post("/accounts/login/", {"login": NEW, "password": "a thief's own words"})
    assert "_auth_user_id" not in thief.session


@pytest.mark.django_db
def test_who_may_not_log_in_gets_no_code(cast: Cast) -> None:
    Member.objects.filter(pk=cast.mia.pk).update(is_active=False)
    client = Client()
    asked(cast, client, "mia@example.org")
    assert "Type it into the page" not in last_to("mia@example.org")


@pytest.mark.django_db
def test_an_address_is_not_flooded_with_codes(cast: Cast) -> None:
    client = Client()
    asked(cast, client, NEW)
    kept = client.session["support_typed"]["data"]
    for _ in range(12):
        answer = client.post(SUPPORT, kept | {"email": NEW})
    assert "That were many codes" in answer.content.decode()
    assert len(mail.outbox) < 12
