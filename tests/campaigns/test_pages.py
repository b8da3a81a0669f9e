"""The campaign's page: the same for every stranger, cheap to ask for again, fresh for whoever is logged in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCacheClient
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisGone
from uuid6 import uuid7

from campaigns.models import Campaign, Pledge
from csm import books
from csm.local_stripe.process import LocalStripe
from funding import committing
from funding.models import Commitment
from members.models import Member, Membership, Organisation
from tests.campaigns.test_api import drafted, launched
from tests.cast import PASSWORD, Cast

PAGE = "/campaigns/laser/"
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.mark.django_db
def test_a_stranger_costs_few_queries_and_writes_nothing(cast: Cast) -> None:
    launched(cast)
    client = Client()
    with CaptureQueriesContext(
        connection,
    ) as cold:
        assert client.get(PAGE).status_code == 200
    assert len(cold) <= 12, [query["sql"][:90] for query in cold]
    assert not [query for query in cold if query["sql"].startswith(WRITES)]
    with CaptureQueriesContext(connection) as warm:
        answer = client.get(PAGE)
    assert len(warm) == 0
    assert not answer.cookies


@pytest.mark.django_db
def test_a_draft_is_shown_to_those_who_act_for_its_workshop_and_to_nobody_else(cast: Cast) -> None:
    draft = drafted(cast)
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    egon = cast.person("egon")
    Membership.objects.create(organisation=other, member=egon, role="owner")

    def visitor(member: Member) -> Client:
        client = Client()
        client.force_login(member)
        return client

    for client in (Client(), visitor(cast.mia), visitor(egon)):
        assert client.get(PAGE).status_code == 404
    for member in (cast.petra, cast.theo, cast.olga):
        html = visitor(member).get(PAGE).content.decode()
        assert "This is a draft." in html
        assert '<meta name="robots" content="noindex">' in html
        assert "Support this" not in html
        assert "Choose" not in html
    # Nothing of it is kept for strangers, and nobody can support it.
    assert Client().get(PAGE).status_code == 404
    assert visitor(cast.petra).get(f"{PAGE}support/").status_code == 404
    assert visitor(cast.petra).get(f"{PAGE}accounts/").status_code == 404
    cast.launch(draft)
    live = visitor(cast.petra).get(PAGE).content.decode()
    assert "noindex" not in live
    assert "Support this" in live


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_rewards(cast: Cast) -> None:
    campaign = launched(cast)
    with CaptureQueriesContext(connection) as few:
        Client().get(PAGE)
    other = drafted(cast, campaign.facility, "saw")
    for number in range(8):
        other.tiers.create(title=f"Tier {number}", text="x", amount_minor=100)
        other.budget.create(kind="building", label="x", amount_minor=1, is_required=False)
    Campaign.objects.filter(pk=other.pk).update(goal_minor=F("goal_minor") + 8)
    cast.launch(other)
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        Client().get(other.get_absolute_url())
    assert len(few) == len(many)


@pytest.mark.django_db
def test_an_unchanged_page_is_not_sent_twice(cast: Cast) -> None:
    launched(cast)
    client = Client()
    first = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Campaign.objects.update(title="Another title")
    cache.clear()
    changed = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "Another title" in changed.content.decode()


@pytest.mark.django_db
def test_a_member_never_gets_the_page_of_strangers_nor_the_other_way_round(cast: Cast) -> None:
    launched(cast)
    member = Client()
    member.force_login(cast.mia)
    assert "Log out" in member.get(PAGE).content.decode()
    assert "Log out" not in Client().get(PAGE).content.decode()
    assert "Log out" in member.get(PAGE).content.decode()


@pytest.mark.django_db
def test_a_word_to_one_visitor_is_not_kept_for_the_next(cast: Cast) -> None:
    launched(cast)
    leaving = Client()
    leaving.force_login(cast.mia)
    assert leaving.post("/accounts/logout/", {"next": PAGE}).headers["Location"] == PAGE
    # A browser forgets what it is told to forget, the test's client does not.
    del leaving.cookies[settings.SESSION_COOKIE_NAME]
    assert 'class="notice' in leaving.get(PAGE).content.decode()
    assert 'class="notice' not in Client().get(PAGE).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/me/", "/me/profile/", PAGE, "/designs/", "/api/v1/pledges/", "/nowhere/"])
def test_what_a_member_sees_is_kept_nowhere(cast: Cast, path: str) -> None:
    launched(cast)
    member = Client()
    member.force_login(cast.mia)
    assert {"private", "no-store"} <= set(member.get(path).headers["Cache-Control"].split(", "))


@pytest.mark.django_db
def test_without_redis_the_page_still_comes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    launched(cast)

    def gone(*args: Any, **kwargs: Any) -> None:
        raise RedisGone

    for name in ("add", "get", "set", "incr", "delete"):
        monkeypatch.setattr(RedisCacheClient, name, gone)
    client = Client()
    assert client.get(PAGE).status_code == 200
    # Log-in and sign-up count their tries in the cache.
    wrong = {"login": "mia@example.org", "password": "no"}
    assert client.post("/accounts/login/", wrong).status_code == 200
    right = client.post("/accounts/login/", {**wrong, "password": PASSWORD})
    assert right.status_code == 302
    assert Client().post("/accounts/password/reset/", {"email": "mia@example.org"}).status_code == 302
    assert Client().get("/api/v1/campaigns/").status_code == 200


@pytest.mark.django_db
def test_times_are_shown_where_the_workshop_is(cast: Cast) -> None:
    launched(cast)
    assert b"CET" in (page := Client().get(PAGE).content) or b"CEST" in page


@pytest.mark.django_db
def test_only_who_stands_by_a_campaign_and_agreed_is_named(cast: Cast) -> None:
    campaign = launched(cast)
    fund = campaign.fund
    assert fund is not None

    def support(member: Member, commitment: Commitment, **fields: Any) -> None:
        Pledge.objects.create(
            campaign=campaign, member=member, commitment=commitment, form_key=uuid7(), created_at=cast.now, **fields
        )

    named, shy, begun = cast.mia, cast.person("shy"), cast.person("begun")
    for _ in range(2):
        support(named, cast.secured(fund, "20.00", named))
    support(shy, cast.secured(fund, "20.00", shy), is_anonymous=True)
    support(begun, cast.draft(fund, begun, "20.00"))
    firm = cast.secured(fund, "20.00", cast.olga)
    Commitment.objects.filter(pk=firm.pk).update(organisation=cast.werkhof)
    support(cast.olga, firm)
    names = Client().get(PAGE).context["supporters"]
    assert names == ["Werkhof eG", "Mia"]


@pytest.mark.django_db(transaction=True)
def test_promises_are_counted_and_not_called_people(cast: Cast, local_stripe: LocalStripe) -> None:
    """Who promises twice is not two supporters: the page and the API say what is counted."""
    campaign = launched(cast)
    fund = campaign.fund
    assert fund is not None

    def shown() -> tuple[str, int, int]:
        cache.clear()
        text = Client().get(PAGE).content.decode()
        assert "supporter" not in text
        said = re.search(r"(arrived )?in \d+ (promise|payment)s?\b", text)
        assert said is not None
        progress = Client().get("/api/v1/campaigns/laser/").json()["progress"]
        return said[0], progress["promises"], progress["payments"]

    promises = [cast.secured(fund, "60.00", member=cast.mia, stripe=local_stripe) for _ in range(3)]
    assert shown() == ("in 3 promises", 3, 0)
    with transaction.atomic():
        committing.withdraw(promises[0], by=cast.mia, now=cast.now)
    assert shown() == ("in 2 promises", 2, 0)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert shown() == ("arrived in 2 payments", 2, 2)
    assert books.check() == []
