"""Comments and questions: who may say what, how fast, and that what is hidden is read by nobody."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from post_office.models import Email
from uuid6 import uuid7

from campaigns import moderating, talking, threads
from campaigns.models import Campaign, Comment, Report
from campaigns.wording import cleaned
from csm.waiting import waiting_for
from members import mail_choosing
from members.models import MailKind, Member, Membership, Organisation, Transition
from tests.campaigns.test_api import Api, drafted, launched
from tests.campaigns.test_news import logged_in
from tests.cast import Cast
from tests.csm.test_admin import change_url, staff
from tests.funding.test_races import at_once

MINUTE = datetime.timedelta(minutes=1)


def say(
    cast: Cast, campaign: Campaign, text: str = "Where will it stand?", by: Member | None = None, **more: Any
) -> Comment:
    given = {"form_key": uuid7(), "now": cast.now, **more}
    return talking.write(campaign=campaign, text=text, by=by or cast.mia, **given)


def refusal(verb: Any, *args: Any, **given: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        verb(*args, **given)
    return str(refused.value.code)


def mails() -> list[tuple[str, str]]:
    """What was sent since the launch."""
    sent = Email.objects.exclude(subject__endswith="is approved").order_by("pk")
    return [(mail.to[0].partition("@")[0], mail.subject) for mail in sent]


def history(row: Any) -> list[tuple[str, str, str]]:
    return list(
        Transition.objects.filter(subject_id=row.pk).order_by("pk").values_list("from_state", "to_state", "why")
    )


# --- Writing --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_member_asks_the_workshop_answers_and_both_hear_of_it(cast: Cast) -> None:
    campaign = launched(cast)
    page = f"{campaign.get_absolute_url()}talk/"
    assert "Log in to comment or ask" in Client().get(page).content.decode()
    assert "/accounts/login/" in Client().post(page, {"text": "x"}).headers["Location"]
    mia, petra = logged_in(cast.mia), logged_in(cast.petra)
    form = {"text": "Where will\nit stand?", "kind": "question", "form_key": str(uuid7())}
    asked = mia.post(page, form)
    question = Comment.objects.get()
    assert asked.headers["Location"] == question.get_absolute_url()
    assert mia.post(page, form).headers["Location"] == asked.headers["Location"]
    assert (question.kind, question.is_from_producer) == ("question", False)
    assert mails() == [("petra", "A question about Laser cutter")]
    assert [task.to_do for task in waiting_for(cast.petra).tasks] == ["answer it"]
    thread = f"{page}{question.pk}/"
    petra.post(thread, {"text": "In the hall.", "form_key": str(uuid7())})
    answer = question.replies.get()
    question.refresh_from_db()
    assert answer.is_from_producer
    assert question.answered_at is not None
    assert waiting_for(cast.petra).tasks == []
    assert mails()[1:] == [("mia", "Your question about Laser cutter was answered")]
    # No mail tells what somebody wrote: it may be hidden before it is read.
    assert not any("stand" in mail.message or "hall" in mail.message for mail in Email.objects.all())
    for path in (page, thread):
        text = Client().get(path + "?x").content.decode()
        assert "Where will<br>it stand?" in text
        assert "In the hall." in text
        assert 'class="badge good">Werkhof<' in text
        assert "Question, answered" in text
    assert "Where will<br>it stand?" in Client().get(campaign.get_absolute_url() + "?x").content.decode()
    # One's own reply is no news to oneself.
    mia.post(thread, {"text": "Thank you!", "form_key": str(uuid7())})
    assert len(mails()) == 2


@pytest.mark.django_db
def test_replies_go_one_level_deep_and_to_what_is_there(cast: Cast) -> None:
    campaign = launched(cast)
    question = say(cast, campaign)
    reply = say(cast, campaign, "Here.", parent=question, kind="question")
    assert reply.kind == "comment"
    assert refusal(say, cast, campaign, parent=reply) == "reply_to_reply"
    other = drafted(cast, campaign.facility, "saw")
    assert refusal(say, cast, other) == "campaign_closed"
    moderating.hide(question, why="Rude.", by=cast.petra, now=cast.now)
    stale = Comment(pk=question.pk, campaign=campaign, state="visible")
    assert refusal(say, cast, campaign, parent=stale) == "parent_gone"
    assert Client().get(reply.get_absolute_url()).status_code == 200
    # A reply's own address leads to its thread.
    own = Client().get(f"{campaign.get_absolute_url()}talk/{reply.pk}/")
    assert own.headers["Location"] == reply.get_absolute_url()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\n\r\n\r\n\r\nb  \n", "a\n\nb"),
        ("a\x00\x07\x1b[31mb\x85", "a[31mb"),
        ("pay \u202eevil\u202c", "pay evil"),
        ("a\u2028b", "a\nb"),
        ("\ud800x\uffff", "x"),
        (
            "👩\u200d🔧 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "👩\u200d🔧 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
    ],
)
def test_a_text_is_kept_as_every_reader_and_feed_can_hold_it(typed: str, kept: str) -> None:
    assert cleaned(typed) == kept


@pytest.mark.django_db
def test_a_text_can_do_no_harm(cast: Cast) -> None:
    campaign = launched(cast)
    say(
        cast,
        campaign,
        "<script>x()</script> ![i](http://a.example/i.png) javascript:alert(1) https://ok.example/?a=1&b=2",
    )
    html = Client().get(f"{campaign.get_absolute_url()}talk/").content.decode()
    assert "<script>x" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert '<a href="https://ok.example/?a=1&amp;b=2" rel="nofollow">' in html


@pytest.mark.django_db
def test_a_text_has_a_length(cast: Cast) -> None:
    campaign = launched(cast)
    assert len(say(cast, campaign, "x" * 2_000).text) == 2_000
    assert refusal(say, cast, campaign, "x" * 2_001) == "text_too_long"
    assert refusal(say, cast, campaign, " \n\x00") == "text_missing"
    page = logged_in(cast.mia).post(
        f"{campaign.get_absolute_url()}talk/", {"text": "y" * 2_001, "form_key": str(uuid7())}
    )
    assert "2001 characters long" in page.content.decode()
    assert "y" * 2_001 in page.content.decode(), "nothing that was typed is lost"


@pytest.mark.django_db
def test_a_member_writes_a_few_at_once_and_a_producer_answers_many(cast: Cast) -> None:
    campaign = launched(cast)
    for _number in range(5):
        say(cast, campaign)
    assert refusal(say, cast, campaign) == "too_fast"
    say(cast, campaign, by=cast.theo)
    say(cast, campaign, now=cast.now + 11 * MINUTE)
    for number in range(2, 36):
        say(cast, campaign, now=cast.now + 11 * MINUTE * number)
    assert refusal(say, cast, campaign, now=cast.now + 11 * MINUTE * 40) == "too_fast"
    for _number in range(20):
        say(cast, campaign, by=cast.petra)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_many_windows_at_once_get_past_no_count(cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    campaign = launched(cast)
    if not guarded:
        monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **given: self)
    real, gate = talking._refuse_haste, threading.Barrier(6)

    def together(*given: Any) -> None:
        real(*given)
        if not guarded:
            gate.wait(5)

    monkeypatch.setattr(talking, "PACE", ((MINUTE, 1),))
    monkeypatch.setattr(talking, "_refuse_haste", together)
    at_once(*[lambda: say(cast, campaign)] * 6)
    assert Comment.objects.count() == (1 if guarded else 6)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_double_click_says_it_once(cast: Cast) -> None:
    campaign, key = launched(cast), uuid7()
    made = at_once(*[lambda: say(cast, campaign, kind="question", form_key=key)] * 4)
    assert len({comment.pk for comment in made}) == 1
    assert Comment.objects.count() == len(mails()) == 1


@pytest.mark.django_db
def test_an_author_mends_for_a_quarter_of_an_hour_and_deletes_for_ever(cast: Cast) -> None:
    campaign = launched(cast)
    comment, theo = say(cast, campaign, "Tpyo"), logged_in(cast.theo)
    moderating.report(comment, reason="spam", words="", by=cast.theo, now=cast.now)
    own = f"{campaign.get_absolute_url()}talk/{comment.pk}/"
    mia = logged_in(cast.mia)
    assert "Change" in mia.get(own).content.decode()
    mia.post(f"{own}edit/", {"text": "Typo", "form_key": str(uuid7())})
    comment.refresh_from_db()
    assert (comment.text, comment.edited_at is not None) == ("Typo", True)
    for path in ("edit/", "delete/"):
        assert theo.post(own + path, {"text": "Mole", "form_key": str(uuid7())}).status_code == 404
    stale = Comment.objects.get(pk=comment.pk)
    stale.text = "as it was read before"
    assert refusal(talking.edit, stale, text="x", by=cast.mia, now=cast.now) == "state_changed"
    late = cast.now + talking.EDITABLE_FOR
    assert refusal(talking.edit, comment, text="x", by=cast.mia, now=late) == "too_late"
    Comment.objects.update(written_at=cast.now - talking.EDITABLE_FOR)
    assert "Change" not in mia.get(own).content.decode()
    assert mia.get(f"{own}edit/").headers["Location"] == comment.get_absolute_url()
    mia.post(f"{own}delete/")
    comment.refresh_from_db()
    assert (comment.state, comment.text) == ("deleted", "")
    assert history(comment) == [("", "visible", ""), ("visible", "visible", "edited"), ("visible", "deleted", "")]
    assert Report.objects.get().state == "upheld"
    assert Client().get(own).status_code == 404
    assert mia.post(f"{own}delete/").status_code == 404


# --- Moderating -----------------------------------------------------------------------------------------------------

SECRET = "The neighbour's number is 0451 123"


def everywhere(comment: Comment) -> list[str]:
    """Every address at which somebody might look for a comment."""
    page = comment.campaign.get_absolute_url()
    own = f"{page}talk/{comment.parent_id or comment.pk}/"
    acts = [f"{page}talk/{comment.pk}/{act}/" for act in ("report", "hide", "restore", "edit", "delete")]
    return [page, f"{page}talk/", own, *acts, f"/api/v1{page}comments/", f"/api/v1{page}", f"{page}news/", "/me/", "/"]


@pytest.mark.django_db
@pytest.mark.parametrize("as_reply", [False, True])
def test_what_is_hidden_leaves_the_server_nowhere_and_comes_back(cast: Cast, as_reply: bool) -> None:
    campaign = launched(cast)
    above = say(cast, campaign, by=cast.theo) if as_reply else None
    comment = say(cast, campaign, SECRET, parent=above)
    say(cast, campaign, "I see.", by=cast.olga, parent=above or comment)
    people = (Client(), logged_in(cast.mia), logged_in(cast.theo), logged_in(cast.petra))
    seen = [path for path in everywhere(comment) if SECRET[-8:] in people[3].get(path + "?x").content.decode()]
    assert len(seen) >= 4, "it is looked for where it is"
    Email.objects.all().delete()
    moderating.hide(comment, why="A private number.", by=cast.petra, now=cast.now)
    for client in people:
        for path in everywhere(comment):
            assert SECRET[-8:] not in client.get(path + "?x").content.decode(), path
    assert SECRET[-8:] not in str([(mail.message, mail.html_message) for mail in Email.objects.all()])
    assert mails() == [("mia", "Hidden: what you wrote about Laser cutter")]
    assert "A private number." in Email.objects.get().message
    thread = everywhere(comment)[2] + "?x"
    assert "A moderator hid this comment." in people[0].get(thread).content.decode()
    assert "A private number." not in people[0].get(thread).content.decode()
    assert "A private number." in people[1].get(thread).content.decode()
    moderating.restore(comment, by=cast.petra, now=cast.now)
    assert SECRET[-8:] in Client().get(thread).content.decode()
    assert mails()[1:] == [("mia", "Shown again: what you wrote about Laser cutter")]
    assert history(comment)[1:] == [("visible", "hidden", "A private number."), ("hidden", "visible", "")]


@pytest.mark.django_db
def test_who_wants_no_such_mails_reads_the_reason_on_the_page(cast: Cast) -> None:
    comment = say(cast, launched(cast))
    mail_choosing.choose(cast.mia.pk, MailKind.COMMENTS, False, now=cast.now)
    moderating.hide(comment, why="Rude.", by=cast.petra, now=cast.now)
    assert mails() == []
    assert "The reason: Rude." in logged_in(cast.mia).get(comment.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_workshop_and_moderators_hide_and_nobody_else(cast: Cast) -> None:
    campaign = launched(cast)
    comment = say(cast, campaign)
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    egon, moderator = cast.person("egon"), cast.person("moderator")
    for role in Membership.Role:
        Membership.objects.create(organisation=other, member=egon, role=role)
    moderator.user_permissions.add(Permission.objects.get(codename="moderate_comments"))
    own = f"{campaign.get_absolute_url()}talk/{comment.pk}/"
    for member in (cast.mia, cast.theo, cast.olga, egon):
        for path in ("hide/", "restore/"):
            assert logged_in(member).post(own + path, {"why": "Mole."}).status_code == 403, member
        assert "Hide" not in logged_in(member).get(own).content.decode()
    assert Client().post(f"{own}hide/", {"why": "x"}).status_code == 302
    for member in (cast.petra, moderator):
        client = logged_in(member)
        client.post(f"{own}hide/", {"why": " "})
        comment.refresh_from_db()
        assert comment.state == "visible", "a reason is needed"
        client.post(f"{own}hide/", {"why": "Rude."})
        comment.refresh_from_db()
        assert (comment.state, comment.hidden_because) == ("hidden", "Rude.")
        client.post(f"{own}restore/")
        comment.refresh_from_db()
        assert (comment.state, comment.hidden_because) == ("visible", "")
    assert refusal(moderating.restore, comment, by=cast.petra, now=cast.now) == "state_changed"


@pytest.mark.django_db
def test_a_report_is_one_a_member_and_waits_until_somebody_decides(cast: Cast) -> None:
    campaign = launched(cast)
    comment = say(cast, campaign, "Buy pills.")
    own = f"{campaign.get_absolute_url()}talk/{comment.pk}/"
    form = {"reason": "spam", "words": "Again!"}
    for member in (cast.theo, cast.theo, cast.olga):
        logged_in(member).post(f"{own}report/", form)
    assert Report.objects.count() == 2
    logged_in(cast.mia).post(f"{own}report/", form)
    assert Client().post(f"{own}report/", form).status_code == 302
    assert logged_in(cast.theo).post(f"{own}report/", {"reason": "mole"}).status_code == 200
    assert Report.objects.count() == 2
    client = staff(cast.petra)
    # Two reports are one thing to do.
    (task,) = waiting_for(cast.petra).tasks
    assert task.to_do == "reported: hide it, or find nothing wrong"
    assert (task.url, waiting_for(cast.theo).tasks) == (change_url(comment), [])
    shown = client.get(task.url).content.decode()
    assert "Again!" in shown
    assert "Buy pills." in shown
    listed = "/admin/campaigns/comment/?waits=reported"
    assert "Buy pills." in client.get(listed).content.decode()
    do = task.url.replace("change/", "do/{}/")
    client.post(do.format("dismiss"))
    assert {report.state for report in Report.objects.all()} == {"dismissed"}
    assert "Buy pills." not in client.get(listed).content.decode()
    assert waiting_for(cast.petra).tasks == []
    assert refusal(moderating.dismiss, comment, by=cast.petra, now=cast.now) == "state_changed"
    moderating.report(comment, reason="spam", words="", by=cast.petra, now=cast.now)
    client.post(do.format("hide"), {"why": "Advertising."})
    comment.refresh_from_db()
    assert (comment.state, Report.objects.filter(state="upheld").count()) == ("hidden", 1)
    assert refusal(moderating.report, comment, reason="spam", words="", by=cast.person("x"), now=cast.now) == (
        "comment_gone"
    )
    client.post(do.format("restore"))
    comment.refresh_from_db()
    assert comment.state == "visible"


@pytest.mark.django_db
def test_a_moderator_of_the_site_finds_every_campaigns_reports_in_the_admin(cast: Cast) -> None:
    comment = say(cast, launched(cast))
    moderating.report(comment, reason="abuse", words="", by=cast.theo, now=cast.now)
    moderator = cast.person("moderator")
    assert staff(moderator).get(change_url(comment)).status_code in (302, 403)
    moderator.user_permissions.add(Permission.objects.get(codename="moderate_comments"))
    moderator = Member.objects.get(pk=moderator.pk)
    assert [task.url for task in waiting_for(moderator).tasks] == [change_url(comment)]
    client = staff(moderator)
    assert client.get(change_url(comment)).status_code == 200
    client.post(change_url(comment).replace("change/", "do/hide/"), {"why": "Insults."})
    comment.refresh_from_db()
    assert comment.state == "hidden"
    # And nothing else of that workshop.
    assert client.get(change_url(comment.campaign)).status_code in (302, 403)
    egon = cast.person("egon")
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    Membership.objects.create(organisation=other, member=egon, role="producer")
    assert staff(egon).get(change_url(comment)).status_code == 302


@pytest.mark.django_db
def test_an_administrator_makes_moderators_and_gives_no_other_right(cast: Cast) -> None:
    cast.olga.is_superuser = True
    cast.olga.save(update_fields=["is_superuser"])
    client, right = staff(cast.olga), Permission.objects.get(codename="moderate_comments")
    shown = client.get(change_url(cast.mia)).content.decode()
    assert "Hide and restore what members write" in shown
    assert "Can delete member" not in shown
    form: dict[str, Any] = {
        "email": cast.mia.email, "display_name": "Mia", "locale": "en-gb", "time_zone": "UTC", "is_active": "on",
    }  # fmt: skip
    other = Permission.objects.exclude(pk=right.pk).earliest("pk")
    client.post(change_url(cast.mia), {**form, "user_permissions": [other.pk]})
    assert not cast.mia.user_permissions.exists()
    client.post(change_url(cast.mia), {**form, "user_permissions": [right.pk]})
    assert Member.objects.get(pk=cast.mia.pk).has_perm("campaigns.moderate_comments")


@pytest.mark.django_db
def test_nobody_buries_what_others_report(cast: Cast) -> None:
    campaign = launched(cast)
    said = [say(cast, campaign, by=cast.petra) for _number in range(moderating.MOST_REPORTS + 1)]
    for comment in said[:-1]:
        moderating.report(comment, reason="spam", words="", by=cast.mia, now=cast.now)
    given: dict[str, Any] = {"reason": "spam", "words": "", "by": cast.mia}
    assert refusal(moderating.report, said[-1], **given, now=cast.now) == "too_many_reports"
    moderating.report(said[-1], **given, now=cast.now + datetime.timedelta(days=2))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_moderators_at_once_hide_it_once(cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    comment = say(cast, launched(cast))
    if not guarded:
        real = QuerySet.filter

        def careless(self: Any, *args: Any, **given: Any) -> Any:
            if self.model is Comment:
                given.pop("state", None)
            return real(self, *args, **given)

        monkeypatch.setattr(QuerySet, "filter", careless)

    def hide() -> None:
        moderating.hide(Comment.objects.get(pk=comment.pk), why="Rude.", by=cast.petra, now=cast.now)

    both = threading.Barrier(2)
    real_get = moderating.move_or_refuse

    def together(*args: Any, **given: Any) -> None:
        both.wait(5)
        real_get(*args, **given)

    monkeypatch.setattr(moderating, "move_or_refuse", together)
    results = at_once(hide, hide)
    assert sum(isinstance(result, ValidationError) for result in results) == (1 if guarded else 0)
    assert len(mails()) == (1 if guarded else 2)


# --- Many -----------------------------------------------------------------------------------------------------------


def bulk(campaign: Campaign, member: Member, number: int, **fields: Any) -> list[Comment]:
    rows = [
        Comment(
            campaign=campaign, member=member, text=f"Word {place}.", form_key=uuid7(), written_at=fields["now"],
            parent=fields.get("parent"),
        )
        for place in range(number)
    ]  # fmt: skip
    return Comment.objects.bulk_create(rows)


@pytest.mark.django_db
def test_pages_of_threads_show_each_once_and_cost_the_same(cast: Cast) -> None:
    campaign = launched(cast)
    made = bulk(campaign, cast.mia, 47, now=cast.now)
    bulk(campaign, cast.theo, 9, now=cast.now, parent=made[-1])
    seen, path, costs = [], f"{campaign.get_absolute_url()}talk/?x=1", set()
    while path:
        with CaptureQueriesContext(connection) as asked:
            page = Client().get(path)
        costs.add(len(asked))
        seen += [thread.comment.pk for thread in page.context["threads"]]
        older = page.context["older"]
        path = f"{campaign.get_absolute_url()}talk/?before={older}" if older else ""
    assert seen == [row.pk for row in reversed(made)]
    assert costs == {4}
    first = threads.threads(campaign).threads[0]
    assert (len(first.replies), first.more) == (threads.REPLIES, True)
    bulk(campaign, cast.theo, 50, now=cast.now, parent=made[-1])
    own = f"{campaign.get_absolute_url()}talk/{made[-1].pk}/"
    page = Client().get(own)
    assert len(page.context["replies"]) == 50
    rest = Client().get(f"{own}?after={page.context['later']}").context
    assert (len(rest["replies"]), rest["later"]) == (9, None)


@pytest.mark.django_db
def test_programs_read_comments_in_pages_and_nothing_that_is_hidden(cast: Cast) -> None:
    campaign = launched(cast)
    question = say(cast, campaign, kind="question")
    reply = say(cast, campaign, "In the hall.", by=cast.petra, parent=question)
    hidden = say(cast, campaign, SECRET)
    moderating.hide(hidden, why="Private.", by=cast.petra, now=cast.now)
    path = f"/api/v1{campaign.get_absolute_url()}comments/"
    found = Client().get(path).json()
    assert [row["id"] for row in found["results"]] == [str(reply.pk), str(question.pk)]
    assert found["results"][0]["parent"] == str(question.pk)
    assert found["results"][0]["is_from_producer"] is True
    assert found["results"][1]["answered_at"]
    assert "@" not in str(found)
    assert len(Client().get(f"{path}?page_size=1").json()["results"]) == 1
    drafted(cast, campaign.facility, "saw")
    for what in ("comments", "updates"):
        assert Api(cast).get(f"/api/v1/campaigns/saw/{what}/").status_code == 404
