"""News of a campaign: drafts, who may read them, and the mails about them, each once."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from post_office.models import Email
from uuid6 import uuid7

from campaigns import announcing, following, mailing
from campaigns import tasks as campaign_tasks
from campaigns.models import Campaign, Following, Pledge, Update
from funding.models import Commitment
from members import mail_choosing
from members.models import MailKind, Member, Transition
from tests.campaigns.test_api import drafted, launched
from tests.cast import Cast
from tests.csm.test_admin import change_url, staff
from tests.funding.test_races import at_once


def logged_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def supports(cast: Cast, campaign: Campaign, member: Member, state: str = "secured") -> Pledge:
    assert campaign.fund is not None
    commitment = cast.secured(campaign.fund, "20.00", member)
    Commitment.objects.filter(pk=commitment.pk).update(state=state, amount_minor=20_00, counted_minor=20_00)
    made = Pledge(campaign=campaign, member=member, commitment=commitment, form_key=uuid7(), created_at=cast.now)
    made.save(force_insert=True)
    return made


def draft(cast: Cast, campaign: Campaign, audience: str = "public", **words: str) -> Update:
    update = Update(campaign=campaign, audience=audience, **{"title": "Tube ordered", "text": "It **comes**.", **words})
    announcing.write(update, by=cast.petra, now=cast.now)
    return update


def published(cast: Cast, campaign: Campaign, audience: str = "public", **words: str) -> Update:
    update = draft(cast, campaign, audience, **words)
    announcing.publish(update, by=cast.petra, now=cast.now)
    return update


def told() -> list[str]:
    """Who got a mail about news, in the order in which they were written."""
    return [mail.to[0].partition("@")[0] for mail in Email.objects.order_by("pk") if "Tube" in mail.subject]


def tell_all(update: Update, cast: Cast, limit: int = 2) -> int:
    batches = 1
    while announcing.tell_some(update.pk, now=cast.now, limit=limit):
        batches += 1
    return batches


@pytest.mark.django_db
def test_a_draft_is_read_by_its_workshop_and_by_everybody_once_it_is_published(cast: Cast) -> None:
    campaign = launched(cast)
    update = draft(cast, campaign)
    path = update.get_absolute_url()
    assert "This is a draft" in logged_in(cast.petra).get(path).content.decode()
    for client in (Client(), logged_in(cast.mia)):
        assert client.get(path).status_code == 404
        assert "Tube ordered" not in client.get(campaign.get_absolute_url() + "?x").content.decode()
    announcing.publish(update, by=cast.petra, now=cast.now)
    assert [(move.from_state, move.to_state) for move in Transition.objects.filter(subject_id=update.pk)] == [
        ("", "draft"),
        ("draft", "published"),
    ]
    for page in (path, campaign.get_absolute_url() + "?x", f"{campaign.get_absolute_url()}news/"):
        text = Client().get(page).content.decode()
        assert "Tube ordered" in text, page
        assert "<strong>comes</strong>" in text, page
    with pytest.raises(ValidationError) as refused:
        announcing.publish(update, by=cast.petra, now=cast.now)
    assert refused.value.code == "state_changed"


@pytest.mark.django_db
def test_news_of_a_campaign_that_is_not_live_stays_a_draft(cast: Cast) -> None:
    update = draft(cast, drafted(cast))
    with pytest.raises(ValidationError) as refused:
        announcing.publish(update, by=cast.petra, now=cast.now)
    assert refused.value.code == "campaign_closed"


@pytest.mark.django_db
def test_what_is_for_supporters_is_read_by_them_and_the_workshop_alone(cast: Cast) -> None:
    campaign = launched(cast)
    update = published(cast, campaign, "backers", title="Secret tube", text="Only for *you*.")
    left, paid, begun = cast.person("left"), cast.person("paid"), cast.person("begun")
    supports(cast, campaign, cast.mia)
    supports(cast, campaign, paid, "paid")
    supports(cast, campaign, left, "withdrawn")
    supports(cast, campaign, begun, "draft")
    pages = (update.get_absolute_url(), campaign.get_absolute_url(), f"{campaign.get_absolute_url()}news/")
    api = f"/api/v1{campaign.get_absolute_url()}updates/"
    may_not = (Client(), *(logged_in(one) for one in (left, begun, cast.person("other"))))
    for client in may_not:
        assert client.get(pages[0]).status_code == 403
        for page in (*pages, api):
            text = client.get(page).content.decode()
            assert "Only for" not in text, page
            assert "Secret" not in text, page
        assert "News for supporters" in client.get(pages[1]).content.decode()
    for client in (logged_in(cast.mia), logged_in(paid), logged_in(cast.olga)):
        for page in (*pages, api):
            answer = client.get(page)
            assert answer.status_code == 200
            assert "Secret tube" in answer.content.decode(), page


@pytest.mark.django_db
def test_what_is_published_is_mended_but_stays_whose_it_is_to_read(cast: Cast) -> None:
    campaign = launched(cast)
    update = published(cast, campaign, "backers")
    update.text = "It comes *later*. <script>alert(1)</script> ![x](http://x/y.png) [y](javascript:z)"
    announcing.write(update, by=cast.theo, now=cast.now)
    update.refresh_from_db()
    assert "<em>later</em>" in update.text_html
    for bad in ("<script", "<img", 'javascript:z"'):
        assert bad not in update.text_html
    assert (update.author, update.state) == (cast.petra, "published")
    update.audience = "public"
    with pytest.raises(ValidationError) as refused:
        announcing.write(update, by=cast.petra, now=cast.now)
    assert refused.value.code == "update_published"
    assert Update.objects.get().audience == "backers"
    with pytest.raises(ValidationError):
        announcing.discard(update, by=cast.petra, now=cast.now)
    own = draft(cast, campaign)
    announcing.discard(own, by=cast.petra, now=cast.now)
    assert Update.objects.get() == update


@pytest.mark.django_db
def test_public_news_reach_supporters_and_followers_who_want_them_each_once(cast: Cast) -> None:
    campaign = launched(cast)
    people = [cast.person(f"p{number}") for number in range(5)]
    for member in people[:3]:
        supports(cast, campaign, member)
    supports(cast, campaign, people[0])  # twice
    for member in (people[2], people[3]):  # one of them supports it, too
        following.follow(campaign, by=member, now=cast.now)
    following.remind_before_end(campaign, by=people[4], now=cast.now)  # no news
    mail_choosing.choose(people[1].pk, MailKind.NEWS, False, now=cast.now)
    update = published(cast, campaign)
    late = cast.person("late")
    Following.objects.create(
        campaign=campaign, member=late, news=True, since_at=cast.now + following.BEFORE_END
    )  # after it was published
    assert announcing.untold() == [update.pk]
    assert tell_all(update, cast) == 3
    assert told() == ["p0", "p2", "p3"]
    assert announcing.untold() == []
    assert not announcing.tell_some(update.pk, now=cast.now, limit=2)
    assert told() == ["p0", "p2", "p3"]


@pytest.mark.django_db
def test_news_for_supporters_reach_no_follower(cast: Cast) -> None:
    campaign = launched(cast)
    supports(cast, campaign, cast.mia)
    supports(cast, campaign, cast.person("missed"), "released")
    following.follow(campaign, by=cast.olga, now=cast.now)
    tell_all(published(cast, campaign, "backers"), cast)
    assert told() == ["mia"]
    Email.objects.all().delete()
    # Those who would have supported it until it was not reached hear what is public.
    tell_all(published(cast, campaign), cast)
    assert sorted(told()) == ["mia", "missed", "olga"]


@pytest.mark.django_db
def test_the_mail_says_how_it_begins_in_text_and_html_and_how_to_stop_it(cast: Cast) -> None:
    campaign = launched(cast)
    supports(cast, campaign, cast.mia)
    tell_all(published(cast, campaign, text="It **comes** & <b>goes</b>.\n\n" + "word " * 300), cast)
    mail = next(mail for mail in Email.objects.all() if "Tube" in mail.subject)
    assert mail.subject == "Tube ordered · Laser cutter"
    assert "It comes & <b>goes</b>. word" in mail.message
    assert "It comes &amp; &lt;b&gt;goes&lt;/b&gt;. word" in mail.html_message
    assert len(mail.message) < 1_600
    assert f"{Update.objects.get().get_absolute_url()}\n" in mail.message
    assert "List-Unsubscribe" in mail.headers


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_within_a_batch_writes_to_nobody_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = launched(cast)
    for number in range(5):
        supports(cast, campaign, cast.person(f"p{number}"))
    update = published(cast, campaign)
    assert announcing.tell_some(update.pk, now=cast.now, limit=2)
    real, written = mailing.news, []

    class Killed(BaseException):
        """As when the process ends: nothing catches it."""

    def dies(member: Member, *rest: Any) -> bool:
        if len(written) == 1:
            raise Killed
        written.append(member)
        return real(member, *rest)

    monkeypatch.setattr(mailing, "news", dies)
    with pytest.raises(Killed):
        announcing.tell_some(update.pk, now=cast.now, limit=2)
    assert told() == ["p0", "p1"], "what it had written is gone with it"
    monkeypatch.setattr(mailing, "news", real)
    tell_all(update, cast)
    assert told() == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_workers_never_write_to_the_same_reader(cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    campaign = launched(cast)
    for number in range(4):
        supports(cast, campaign, cast.person(f"p{number}"))
    update = published(cast, campaign)
    if not guarded:
        # Two that both read the place that was reached before either has moved it.
        monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **given: self)
    real, both = announcing._next_readers, threading.Barrier(2)

    def together(*given: Any) -> Any:
        found = real(*given)
        with contextlib.suppress(threading.BrokenBarrierError):  # alone
            both.wait(0.5)
        return found

    monkeypatch.setattr(announcing, "_next_readers", together)

    def work() -> bool:
        return announcing.tell_some(update.pk, now=cast.now, limit=9)

    at_once(work, work)
    assert (sorted(told()) == ["p0", "p1", "p2", "p3"]) == guarded


@pytest.mark.django_db
def test_one_mail_that_cannot_be_written_stands_in_nobodys_way(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = launched(cast)
    for number in range(3):
        supports(cast, campaign, cast.person(f"p{number}"))
    real = mailing.news

    def fails(member: Member, *rest: Any) -> bool:
        if member.email.startswith("p1"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return real(member, *rest)

    monkeypatch.setattr(mailing, "news", fails)
    tell_all(published(cast, campaign), cast)
    assert told() == ["p0", "p2"]


@pytest.mark.django_db
def test_the_sweep_finds_what_must_be_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = launched(cast)
    for number in range(5):
        supports(cast, campaign, cast.person(f"p{number}"))
    published(cast, campaign)
    again: list[bool] = []
    monkeypatch.setattr(campaign_tasks, "MAILS", 2)
    monkeypatch.setattr(campaign_tasks.write_mails, "delay", lambda: again.append(True))
    for expected in (2, 4, 5):
        campaign_tasks.write_mails()
        assert len(told()) == expected
    assert again == [True, True]


@pytest.mark.django_db
def test_a_producer_writes_publishes_and_mends_news_in_the_admin(cast: Cast) -> None:
    campaign = launched(cast)
    supports(cast, campaign, cast.mia)
    following.follow(campaign, by=cast.olga, now=cast.now)
    client = staff(cast.petra)
    form = {"campaign": campaign.pk, "audience": "backers", "title": "Tube", "text": "*Soon*"}
    assert client.post("/admin/campaigns/update/add/", form).status_code == 302
    update = Update.objects.get()
    assert (update.state, update.author, update.published_at) == ("draft", cast.petra, None)
    publish = change_url(update).replace("change/", "do/publish/")
    assert "1 at most" in client.get(publish).content.decode()
    client.post(change_url(update), {**form, "audience": "public"})
    asked = client.get(publish).content.decode()
    assert "supporters 1, followers 1 at most" in asked
    client.post(publish)
    update.refresh_from_db()
    assert (update.state, update.audience) == ("published", "public")
    client.post(change_url(update), {**form, "audience": "backers", "title": "Tube, later"})
    update.refresh_from_db()
    assert (update.title, update.audience) == ("Tube, later", "public")
    assert client.post(publish).status_code == 404
    assert staff(cast.theo).post(change_url(update), form).status_code == 403


@pytest.mark.django_db
def test_postgresql_keeps_the_time_of_what_is_published(cast: Cast) -> None:
    update = published(cast, launched(cast))
    with pytest.raises(IntegrityError, match="update_published_has_time"), transaction.atomic():
        Update.objects.filter(pk=update.pk).update(published_at=None)


@pytest.mark.django_db
def test_news_go_on_for_pages(cast: Cast) -> None:
    campaign = launched(cast)
    for number in range(23):
        published(cast, campaign, title=f"Number {number}.")
    first = Client().get(f"{campaign.get_absolute_url()}news/")
    assert first.content.decode().count("Number") == 20
    second = Client().get(f"{campaign.get_absolute_url()}news/?before={first.context['older']}").content.decode()
    assert [f"Number {number}." in second for number in (0, 1, 2, 3)] == [True, True, True, False]
    assert Client().get(f"{campaign.get_absolute_url()}news/?before=x").status_code == 200
