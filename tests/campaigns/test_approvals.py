"""Two people for what cannot be undone: a campaign that people have promised money to is cancelled by two."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from campaigns import closing
from campaigns.models import Campaign
from members import approving
from members.models import Approval, Member, Transition
from tests.campaigns.test_api import launched
from tests.cast import Cast
from tests.csm.test_admin import change_url, staff


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    """Live, with one promise."""
    made = launched(cast)
    assert made.fund is not None
    cast.secured(made.fund, "30.00", member=cast.mia)
    return made


def asked(cast: Cast, campaign: Campaign) -> Approval:
    row = closing.request_cancel(campaign, by=cast.petra, now=cast.now, why="The hall burnt down.")
    assert row is not None
    return row


def state(campaign: Campaign) -> str:
    assert campaign.fund is not None
    campaign.fund.refresh_from_db()
    return campaign.fund.state


def test_what_nobody_promised_anything_to_is_cancelled_by_one(cast: Cast) -> None:
    campaign = launched(cast)
    assert closing.request_cancel(campaign, by=cast.petra, now=cast.now, why="No.") is None
    assert state(campaign) == "cancelled"


def test_one_asks_another_agrees_and_it_is_done_once(cast: Cast, campaign: Campaign) -> None:
    row, otto = asked(cast, campaign), cast.person("otto", "owner")
    assert state(campaign) == "open"
    assert asked(cast, campaign).pk == row.pk, "what waits is not asked for twice"
    for who, code in ((cast.petra, "second_person_needed"), (cast.theo, "not_approver"), (cast.mia, "not_approver")):
        with pytest.raises(ValidationError) as refused:
            closing.approve_cancel(campaign, by=who, now=cast.now)
        assert refused.value.code == code
    assert state(campaign) == "open"
    closing.approve_cancel(campaign, by=otto, now=cast.now)
    row.refresh_from_db()
    assert (row.state, row.decided_by, state(campaign)) == ("approved", otto, "cancelled")
    assert Transition.objects.get(subject_id=campaign.fund_id, to_state="cancelled").why == "The hall burnt down."
    with pytest.raises(ValidationError) as refused:
        closing.approve_cancel(campaign, by=otto, now=cast.now)
    assert refused.value.code == "state_changed"


def test_what_nobody_answers_in_time_is_over_and_can_be_asked_again(cast: Cast, campaign: Campaign) -> None:
    row, otto = asked(cast, campaign), cast.person("otto", "owner")
    late = cast.now + approving.LIFETIME
    with pytest.raises(ValidationError) as refused:
        closing.approve_cancel(campaign, by=otto, now=late)
    assert refused.value.code == "state_changed"
    with pytest.raises(ValidationError) as refused:
        approving.approve(row, "owner", by=otto, now=late)
    assert refused.value.code == "approval_expired"
    again = closing.request_cancel(campaign, by=cast.petra, now=late, why="Still.")
    assert again is not None
    assert again.pk != row.pk
    row.refresh_from_db()
    assert row.state == "expired"


def test_it_is_turned_down_by_the_second_or_taken_back_by_the_first(cast: Cast, campaign: Campaign) -> None:
    otto = cast.person("otto", "owner")
    for who in (otto, cast.petra):
        asked(cast, campaign)
        with pytest.raises(ValidationError) as refused:
            closing.decline_cancel(campaign, by=cast.theo, now=cast.now, why="No.")
        assert refused.value.code == "not_approver"
        closing.decline_cancel(campaign, by=who, now=cast.now, why="It goes on.")
        assert state(campaign) == "open"
    assert list(Approval.objects.values_list("state", flat=True)) == ["declined", "declined"]


@pytest.mark.parametrize("decider", ["asker", "nobody"])
def test_postgresql_knows_that_it_takes_two(cast: Cast, campaign: Campaign, decider: str) -> None:
    row = asked(cast, campaign)
    fields: dict[str, Any] = {"state": "approved", "decided_by": cast.petra if decider == "asker" else None}
    with pytest.raises(IntegrityError, match="approval_two_people"), transaction.atomic():
        Approval.objects.filter(pk=row.pk).update(**fields)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_do_it_once(cast: Cast) -> None:
    made = launched(cast)
    assert made.fund is not None
    cast.secured(made.fund, "30.00", member=cast.mia)
    row = asked(cast, made)
    both = [cast.person(name, "owner") for name in ("otto", "odette")]
    start, outcomes = threading.Barrier(2), []

    def agree(by: Member) -> None:
        try:
            start.wait(5)
            closing.approve_cancel(made, by=by, now=cast.now)
            outcomes.append("done")
        except ValidationError as refusal:
            outcomes.append(str(refusal.code))
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(by,)) for by in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "state_changed"]
    assert Transition.objects.filter(subject_id=row.pk, to_state="approved").count() == 1
    assert Transition.objects.filter(subject_id=made.fund_id, to_state="cancelled").count() == 1


def test_the_admin_asks_names_and_does(cast: Cast, campaign: Campaign) -> None:
    petra, otto = staff(cast.petra), staff(cast.person("otto", "owner"))
    page = change_url(campaign).removesuffix("change/")
    question = petra.get(f"{page}do/cancel/").content.decode()
    assert "A second person has to agree" in question
    petra.post(f"{page}do/cancel/", {"why": "The hall burnt down."})
    assert state(campaign) == "open"
    html = otto.get(f"{page}do/agree-cancel/").content.decode()
    assert "Petra asks for it" in html
    assert "The hall burnt down." in html
    petra.post(f"{page}do/agree-cancel/")
    assert state(campaign) == "open"
    otto.post(f"{page}do/agree-cancel/")
    assert state(campaign) == "cancelled"
    assert otto.get(f"{page}do/agree-cancel/").status_code == 404
    assert Approval.objects.get().asked_at - cast.now < datetime.timedelta(minutes=5)
