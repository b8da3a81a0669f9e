"""From a draft to its launch: what is missing, who approves, when it launches by itself, who reads it before."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from post_office.models import Email

from campaigns import launching, reviewing
from campaigns.models import Campaign, Tier
from campaigns.tasks import sweep
from funding.models import Fund
from members.clock import database_now
from members.models import Member, Transition
from payments.models import Receiver
from tests.campaigns.test_api import drafted
from tests.cast import Cast
from tests.csm.test_admin import change_url, staff
from tests.funding.test_races import at_once

PAGE = "/campaigns/laser/"
Stage = Campaign.Stage
HOUR = datetime.timedelta(hours=1)


def visitor(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def reviewer(cast: Cast) -> Member:
    cast.rita.user_permissions.add(Permission.objects.get(codename="review_campaign"))
    return Member.objects.get(pk=cast.rita.pk)


def ready(cast: Cast) -> Campaign:
    """A draft of which nothing is missing."""
    draft = drafted(cast)
    cast.agree(draft)
    return draft


def mails() -> Iterator[tuple[str, str]]:
    for mail in Email.objects.order_by("pk"):
        yield mail.to[0], mail.subject


@pytest.mark.django_db
def test_a_draft_is_approved_by_somebody_else_and_launched(cast: Cast, reviewer: Member) -> None:
    draft = ready(cast)
    with pytest.raises(ValidationError) as unapproved:
        launching.launch(draft, by=cast.petra, now=cast.now)
    assert unapproved.value.code == "campaign_not_approved"
    producer, reads = visitor(cast.petra), visitor(reviewer)
    assert reads.get(PAGE).status_code == 404
    html = producer.get(PAGE).content.decode()
    assert "This is a draft." in html
    assert "Nothing is missing for the launch." in html
    producer.post(f"{PAGE}draft/submit/")
    assert Campaign.objects.get().stage == Stage.IN_REVIEW
    assert list(mails()) == [("rita@example.org", "“Laser cutter” waits for your review")]
    # Neither who sent it nor who holds no permission approves it.
    for client in (producer, visitor(cast.olga), visitor(cast.mia)):
        assert client.post(f"{PAGE}draft/approve/").status_code in (403, 404)
    assert "Ask for these changes" in reads.get(PAGE).content.decode()
    assert "Ask for these changes" not in producer.get(PAGE).content.decode()
    reads.post(f"{PAGE}draft/approve/")
    approved = Campaign.objects.get()
    assert (approved.stage, approved.submitted_by, approved.reviewed_by) == (Stage.APPROVED, cast.petra, reviewer)
    assert list(mails())[1] == ("petra@example.org", "“Laser cutter” is approved")
    launching.launch(approved, by=cast.petra, now=cast.now)
    assert Client().get(PAGE).status_code == 200
    moves = Transition.objects.filter(subject_id=draft.pk).order_by("pk").values_list("to_state", "by__display_name")
    assert list(moves) == [("in_review", "Petra"), ("approved", "Rita"), ("launched", "Petra")]


@pytest.mark.django_db
def test_who_sent_it_never_approves_it_whatever_else_they_may(cast: Cast) -> None:
    cast.petra.is_superuser = True
    cast.petra.save()
    draft = ready(cast)
    reviewing.submit(draft, by=cast.petra, now=cast.now)
    assert visitor(cast.petra).post(f"{PAGE}draft/approve/").status_code == 403
    for verb in (reviewing.approve, lambda row, **who: reviewing.ask_for_changes(row, why="x", **who)):
        with pytest.raises(ValidationError) as own:
            verb(draft, by=cast.petra, now=cast.now)
        assert own.value.code == "own_submission"
    assert staff(cast.petra).get(change_url(draft).replace("change/", "do/approve/")).status_code == 404


@pytest.mark.django_db
def test_changes_are_asked_for_with_a_reason_and_the_draft_is_open_again(cast: Cast, reviewer: Member) -> None:
    draft = ready(cast)
    reviewing.submit(draft, by=cast.petra, now=cast.now)
    reads, line = visitor(reviewer), draft.tiers.get()
    answer = reads.post(f"{PAGE}draft/ask/", {"why": " "}, follow=True)
    assert "Say what should change" in answer.content.decode()
    for write in (lambda: launching.save_line(line), lambda: launching.save_draft(draft)):
        with pytest.raises(ValidationError) as submitted:
            write()
        assert submitted.value.code == "campaign_submitted"
    reads.post(f"{PAGE}draft/ask/", {"why": "Who pays the rent?"})
    draft.refresh_from_db()
    assert (draft.stage, reviewing.wanted_changes(draft)) == (Stage.DRAFT, "Who pays the rent?")
    assert reads.get(PAGE).status_code == 404
    for html in (visitor(cast.petra).get(PAGE), staff(cast.petra).get(change_url(draft))):
        assert "Who pays the rent?" in html.content.decode()
    assert "Who pays the rent?" in Email.objects.latest("pk").message
    launching.save_line(line)
    reviewing.submit(draft, by=cast.petra, now=cast.now)
    assert reviewing.wanted_changes(draft) == ""
    with pytest.raises(ValidationError) as stale:
        reviewing.ask_for_changes(Campaign(pk=draft.pk), by=reviewer, now=cast.now, why="x")
    assert stale.value.code == "state_changed"


@pytest.mark.django_db
def test_what_is_missing_is_said_and_keeps_it_from_review(cast: Cast) -> None:
    draft = ready(cast)
    draft.tiers.all().delete()
    draft.story = " "
    draft.save()
    Receiver.objects.all().delete()
    said = ["There is no reward to choose.", "The story is missing.", "has no account yet that could receive money"]
    for html in (visitor(cast.petra).get(PAGE), staff(cast.petra).get(change_url(draft))):
        assert all(text in html.content.decode() for text in said)
    with pytest.raises(ValidationError) as missing:
        reviewing.submit(draft, by=cast.petra, now=cast.now)
    assert {one.code for one in missing.value.error_list} == {"tiers_missing", "story_missing", "receiver_missing"}
    assert Campaign.objects.get().stage == Stage.DRAFT


@pytest.mark.django_db
def test_an_approved_campaign_launches_by_itself_when_its_moment_comes(cast: Cast) -> None:
    draft = ready(cast)
    visitor(cast.petra).post(f"{PAGE}draft/plan/", {"launch_at": f"{cast.now + HOUR:%Y-%m-%dT%H:%M}"})
    draft.refresh_from_db()
    assert draft.launch_at is not None
    assert draft.launch_at > cast.now
    later = cast.now + 2 * HOUR
    assert launching.to_launch(now=later) == []
    cast.approve(draft)
    assert launching.to_launch(now=cast.now) == []
    assert launching.to_launch(now=later) == [draft.pk]
    Campaign.objects.update(launch_at=database_now())
    sweep()
    draft.refresh_from_db()
    assert draft.stage == Stage.LAUNCHED
    assert draft.fund is not None
    assert Transition.objects.get(subject_id=draft.fund.pk).by == cast.petra
    assert list(mails())[-1] == ("petra@example.org", "“Laser cutter” is live")
    assert launching.to_launch(now=later) == []
    assert not launching.launch_due(draft.pk, now=later)


@pytest.mark.django_db
def test_what_is_missing_at_the_planned_moment_is_told_once_and_it_stays_approved(cast: Cast) -> None:
    draft = ready(cast)
    cast.approve(draft)
    reviewing.schedule(draft, at=cast.now + HOUR, by=cast.petra, now=cast.now)
    receiver = Receiver.objects.get()
    Receiver.objects.all().delete()
    later = cast.now + 2 * HOUR
    assert not launching.launch_due(draft.pk, now=later)
    assert not launching.launch_due(draft.pk, now=later)
    assert launching.to_launch(now=later) == []
    told = Email.objects.filter(subject="“Laser cutter” could not launch")
    assert "has no account yet that could receive money" in told.get().message
    draft.refresh_from_db()
    assert (draft.stage, draft.fund) == (Stage.APPROVED, None)
    assert "could not launch at the planned time" in visitor(cast.petra).get(PAGE).content.decode()
    receiver.save(force_insert=True)
    reviewing.schedule(draft, at=later + HOUR, by=cast.petra, now=later)
    assert launching.launch_due(draft.pk, now=later + 2 * HOUR)


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-1, 24 * 10])
def test_a_launch_is_planned_between_now_and_the_deadline(cast: Cast, hours: int) -> None:
    draft = ready(cast)
    with pytest.raises(ValidationError) as wrong:
        reviewing.schedule(draft, at=cast.now + hours * HOUR, by=cast.petra, now=cast.now)
    assert wrong.value.code == "launch_at_wrong"


@pytest.mark.django_db
def test_friends_read_a_draft_by_its_link_until_there_is_a_new_one(cast: Cast) -> None:
    draft = ready(cast)
    assert Client().get(f"{PAGE}preview/x/").status_code == 404
    producer = visitor(cast.petra)
    links = []
    for _ in range(2):
        producer.post(f"{PAGE}draft/link/")
        draft.refresh_from_db()
        links.append(f"{PAGE}preview/{draft.preview_key}/")
        assert links[-1] in producer.get(PAGE).content.decode()
    assert len(draft.preview_key) == 43
    answer = Client().get(links[1])
    html = answer.content.decode()
    assert "This is a draft" in html
    assert '<meta name="robots" content="noindex">' in html
    assert "no-store" in answer.headers["Cache-Control"]
    for hidden in ("Support this", "Choose", "Still missing", "Send to review", "Make a new link"):
        assert hidden not in html
    assert Client().get(links[0]).status_code == 404
    assert Client().get(PAGE).status_code == 404
    cast.launch(draft)
    assert Client().get(links[1]).headers["Location"] == PAGE
    with pytest.raises(ValidationError) as live:
        reviewing.renew_preview(draft, by=cast.petra, now=cast.now)
    assert live.value.code == "campaign_launched"


@pytest.mark.django_db
def test_an_approved_campaign_that_is_taken_back_is_reviewed_anew(cast: Cast) -> None:
    draft = ready(cast)
    cast.approve(draft)
    assert staff(cast.petra).post(change_url(draft).replace("change/", "do/back/")).status_code == 302
    draft.refresh_from_db()
    assert (draft.stage, draft.reviewed_by) == (Stage.DRAFT, None)
    with pytest.raises(ValidationError) as unapproved:
        launching.launch(draft, by=cast.petra, now=cast.now)
    assert unapproved.value.code == "campaign_not_approved"
    assert not Fund.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_what_is_written_while_it_is_sent_to_review_waits_and_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Nobody approves what they did not read."""
    draft = ready(cast)
    sent, saved = threading.Event(), threading.Event()
    if not guarded:
        monkeypatch.setattr(launching, "hold_draft", lambda campaign_id: None)

    def submit() -> bool:
        with transaction.atomic():
            reviewing.submit(draft, by=cast.petra, now=cast.now)
            sent.set()
            return not saved.wait(1)

    def save() -> None:
        sent.wait(10)
        try:
            launching.save_line(Tier(campaign=draft, title="New", text="x", amount_minor=1))
        finally:
            saved.set()

    waited, refused = at_once(submit, save)
    assert (waited, getattr(refused, "code", "")) == ((True, "campaign_submitted") if guarded else (False, ""))
    assert draft.tiers.count() == (1 if guarded else 2)
