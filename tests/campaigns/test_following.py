"""Following a campaign, and its reminders: each to whoever asked, and once."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.test import Client
from post_office.models import Email

from campaigns import following, launching
from campaigns import tasks as campaign_tasks
from campaigns.models import Campaign, Following
from funding import closing
from members import mail_choosing
from members.models import MailKind, Member
from tests.campaigns.test_api import Api, drafted, launched
from tests.campaigns.test_news import logged_in, supports
from tests.cast import Cast
from tests.csm.test_admin import change_url, staff
from tests.funding.test_races import at_once

HOUR = datetime.timedelta(hours=1)


def reminded() -> list[str]:
    return sorted(mail.to[0].partition("@")[0] for mail in Email.objects.all() if mail.subject.startswith("Laser"))


def begun() -> list[str]:
    return sorted(mail.to[0].partition("@")[0] for mail in Email.objects.all() if mail.subject.startswith("It has"))


def remind(now: datetime.datetime) -> int:
    """What the sweep does at this moment; how many it reminded."""
    return sum(following.tell_end(one, now=now) for one in following.end_untold(now=now, limit=100))


def soon(campaign: Campaign) -> datetime.datetime:
    assert campaign.fund is not None
    return campaign.fund.deadline_at - following.BEFORE_END


@pytest.mark.django_db
def test_a_member_follows_with_a_button_and_stops(cast: Cast) -> None:
    campaign = launched(cast)
    page, act = campaign.get_absolute_url(), f"{campaign.get_absolute_url()}follow/"
    stranger = Client()
    assert f'href="{act}"' in stranger.get(page).content.decode()
    for asked in (stranger.get(act), stranger.post(act, {"what": "news"})):
        assert asked.headers["Location"] == f"/accounts/login/?next={act}"
    mia = logged_in(cast.mia)
    assert "Remind me before the end" in mia.get(page).content.decode()
    assert "We write to you two days before it ends." in mia.post(act, {"what": "end"}, follow=True).content.decode()
    row = Following.objects.get()
    assert (row.news, row.end, row.launch) == (False, True, False)
    mia.post(act, {"what": "news"})
    mia.post(act, {"what": "news"})
    text = mia.get(page).content.decode()
    assert "You follow this: its news come by mail." in text
    assert "Remind me before" not in text
    assert Following.objects.active().count() == 1
    mia.post(act, {"what": "stop"})
    assert "You follow this" not in mia.get(page).content.decode()
    assert Following.objects.active().count() == 0


@pytest.mark.django_db
def test_how_many_follow_is_for_the_producers_eyes(cast: Cast) -> None:
    campaign = launched(cast)
    for member in (cast.mia, cast.theo, cast.olga):
        following.follow(campaign, by=member, now=cast.now)
    following.unfollow(campaign, by=cast.theo)
    act = f"{campaign.get_absolute_url()}follow/"
    assert "2 members follow it" in logged_in(cast.petra).get(act).content.decode()
    assert "follow it" not in logged_in(cast.mia).get(act).content.decode()
    assert ">2<" in staff(cast.petra).get(change_url(campaign)).content.decode().replace("\n", "").replace(" ", "")


@pytest.mark.django_db
def test_the_end_is_told_once_to_who_asked_in_time_and_does_not_support_it_yet(cast: Cast) -> None:
    campaign = launched(cast)
    begun_only, late = cast.person("draft"), cast.person("late")
    people = {name: cast.person(name) for name in ("follower", "backer", "left", "muted", "stopped")}
    for member in (*people.values(), begun_only):
        following.follow(campaign, by=member, now=cast.now)
    following.remind_before_end(campaign, by=cast.mia, now=cast.now)
    supports(cast, campaign, people["backer"])
    supports(cast, campaign, people["left"], "withdrawn")
    supports(cast, campaign, begun_only, "draft")
    mail_choosing.choose(people["muted"].pk, MailKind.REMINDERS, False, now=cast.now)
    following.unfollow(campaign, by=people["stopped"])
    at = soon(campaign)
    assert remind(at - HOUR) == 0
    following.follow(campaign, by=late, now=at + HOUR)
    assert remind(at + HOUR) == 4
    assert remind(at + HOUR) == 0
    assert reminded() == ["draft", "follower", "left", "mia"]
    # Whoever stops and asks again is not told again.
    following.unfollow(campaign, by=cast.mia)
    following.follow(campaign, by=cast.mia, now=cast.now)
    assert remind(at + HOUR) == 0
    assert remind(at + following.BEFORE_END) == 0
    mail = next(mail for mail in Email.objects.all() if mail.to == [cast.mia.email])
    assert "do not support it yet" in mail.message
    assert "List-Unsubscribe" in mail.headers


@pytest.mark.django_db
def test_what_was_called_off_reminds_nobody(cast: Cast) -> None:
    campaign = launched(cast)
    following.follow(campaign, by=cast.mia, now=cast.now)
    assert campaign.fund is not None
    closing.cancel(campaign.fund.pk, by=cast.petra, now=cast.now, why="The roof fell in.")
    assert following.end_untold(now=soon(campaign) + HOUR, limit=9) == []


@pytest.mark.django_db
def test_a_launch_is_told_once_to_who_asked(cast: Cast) -> None:
    campaign = drafted(cast)
    act = f"{campaign.get_absolute_url()}follow/"
    olga = logged_in(cast.olga)
    assert "Remind me at the launch" in olga.get(campaign.get_absolute_url()).content.decode()
    olga.post(act, {"what": "launch"})
    with pytest.raises(ValidationError) as refused:
        following.follow(campaign, by=cast.mia, now=cast.now)
    assert refused.value.code == "campaign_closed"
    following.remind_at_launch(campaign, by=cast.theo, now=cast.now)
    mail_choosing.choose(cast.theo.pk, MailKind.REMINDERS, False, now=cast.now)
    assert following.launch_untold(limit=9) == []
    cast.launch(campaign)
    due = following.launch_untold(limit=9)
    assert [following.tell_launch(one, now=cast.now) for one in due + due] == [True, False]
    assert begun() == ["olga"]
    text = next(mail.message for mail in Email.objects.all() if mail.to == [cast.olga.email])
    assert "Cards are charged only if €100.00 is promised by then." in text
    with pytest.raises(ValidationError) as refused:
        following.remind_at_launch(campaign, by=cast.mia, now=cast.now)
    assert refused.value.code == "campaign_launched"
    # Nobody is sent to what cannot be supported any more.
    Following.objects.update(launch_told_at=None)
    assert not following.tell_launch(Following.objects.earliest("pk"), now=soon(campaign) + following.BEFORE_END)


@pytest.mark.django_db
def test_a_draft_that_is_deleted_is_followed_by_nobody(cast: Cast) -> None:
    campaign = drafted(cast)
    following.remind_at_launch(campaign, by=cast.olga, now=cast.now)
    launching.discard_draft(campaign, by=cast.petra, now=cast.now)
    assert not Following.objects.exists()


@pytest.mark.django_db
def test_who_could_not_be_reminded_in_time_is_told_so(cast: Cast) -> None:
    campaign = launched(cast)
    with pytest.raises(ValidationError) as refused:
        following.remind_before_end(campaign, by=cast.mia, now=soon(campaign))
    assert refused.value.code == "too_late"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.parametrize("kind", ["end", "launch"])
def test_two_beats_at_once_remind_once(cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool, kind: str) -> None:
    campaign = launched(cast)
    Following.objects.create(campaign=campaign, member=cast.mia, since_at=cast.now - 100 * HOUR, **{kind: True})
    at = soon(campaign) + HOUR if kind == "end" else cast.now
    found = following.end_untold(now=at, limit=9) if kind == "end" else following.launch_untold(limit=9)
    assert [one.member for one in found] == [cast.mia]
    if not guarded:
        # The update alone, without looking whether it was told already.
        real = QuerySet.filter

        def careless(self: QuerySet[Following], *args: object, **given: object) -> QuerySet[Following]:
            given = {name: value for name, value in given.items() if not name.endswith("_told_at")}
            return real(self, *args, **given)

        monkeypatch.setattr(QuerySet, "filter", careless)
    tell = following.tell_end if kind == "end" else following.tell_launch
    told = at_once(lambda: tell(found[0], now=at), lambda: tell(found[0], now=at))
    assert sorted(told) == ([False, True] if guarded else [True, True])
    assert len(reminded() if kind == "end" else begun()) == sum(told)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_whole_task_twice_at_once_reminds_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = launched(cast)
    monkeypatch.setattr(campaign_tasks, "database_now", lambda: soon(campaign) + HOUR)
    people = [cast.person(f"p{number}") for number in range(6)]
    for member in people:
        following.follow(campaign, by=member, now=cast.now)
    at_once(campaign_tasks.write_mails, campaign_tasks.write_mails, campaign_tasks.write_mails)
    assert reminded() == sorted(member.email.partition("@")[0] for member in people)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_follower(cast: Cast) -> None:
    campaign = launched(cast)

    def follow(member: Member = cast.mia) -> None:
        following.follow(campaign, by=member, now=cast.now)

    assert at_once(follow, follow, follow) == [None] * 3
    assert Following.objects.count() == 1


@pytest.mark.django_db
def test_programs_follow_too(cast: Cast) -> None:
    campaign = launched(cast)
    api, path = Api(cast), f"/api/v1{campaign.get_absolute_url()}following/"
    nothing = {"news": False, "launch": False, "end": False}
    assert api.get(path).json() == nothing
    assert api.send(path, {"news": True}, method="put").json() == {"news": True, "launch": False, "end": True}
    refused = api.send(path, {"launch": True}, method="put")
    assert (refused.status_code, refused.json()["code"]) == (422, "campaign_launched")
    assert api.delete(path).status_code == 204
    assert api.get(path).json() == nothing
    assert Client().get(path).status_code == 401
    drafted(cast, campaign.facility, "saw")
    hidden = "/api/v1/campaigns/saw/following/"
    assert api.get(hidden).status_code == api.send(hidden, {"launch": True}, method="put").status_code == 404
