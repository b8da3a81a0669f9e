"""What an organiser may still change after the launch: more of a reward, a later deadline once."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from campaigns import extending
from campaigns.models import Pledge, PledgeLine, Tier
from csm import books
from csm.local_stripe.process import LocalStripe
from funding.models import Fund
from members.models import Transition
from tests.campaigns.test_api import drafted, launched
from tests.campaigns.test_reviewing import visitor
from tests.cast import Cast
from tests.funding.test_races import at_once, pledge

PAGE = "/campaigns/laser/"
DAY = datetime.timedelta(days=1)


@pytest.mark.django_db
def test_an_organiser_lets_there_be_more_of_a_reward_and_never_fewer(cast: Cast) -> None:
    campaign, producer = launched(cast), visitor(cast.petra)
    tier = campaign.tiers.get()
    sent = {"do": "cap", "tier": tier.pk}
    assert "There can only be more" in producer.post(f"{PAGE}organise/", {**sent, "cap": "2"}).content.decode()
    assert producer.post(f"{PAGE}organise/", {**sent, "cap": "5"}).status_code == 302
    tier.refresh_from_db()
    assert (tier.cap, tier.left) == (5, 5)
    assert Transition.objects.filter(subject_id=campaign.pk, by=cast.petra, why="5 of “Evening”").exists()
    assert visitor(cast.theo).post(f"{PAGE}organise/", {**sent, "cap": "9"}).status_code == 404
    endless = campaign.tiers.create(title="Card", text="x", amount_minor=100)
    for wrong, cap in ((tier, 4), (endless, 4)):
        with pytest.raises(ValidationError) as refused:
            extending.raise_cap(wrong, cap=cap, by=cast.petra, now=cast.now)
        assert refused.value.code == "cap_not_higher"
    with pytest.raises(DatabaseError, match="launched"), transaction.atomic():
        Tier.objects.filter(pk=tier.pk).update(cap=4)
    Fund.objects.update(state=Fund.State.CANCELLED)
    with pytest.raises(ValidationError) as closed:
        extending.raise_cap(Tier.objects.get(pk=tier.pk), cap=9, by=cast.petra, now=cast.now)
    assert closed.value.code == "campaign_closed"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_cap_rises_while_people_take_what_there_is(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    tier = campaign.tiers.get()
    people = [cast.person(f"p{number}") for number in range(20)]
    results = at_once(
        *(lambda one=one: pledge(campaign, tier, one, cast.now) for one in people),
        *(lambda cap=cap: extending.raise_cap(tier, cap=cap, by=cast.petra, now=cast.now) for cap in (4, 6, 9)),
    )
    tier.refresh_from_db()
    took = len([one for one in results if isinstance(one, Pledge)])
    assert tier.cap == 9
    assert 2 <= took <= 9
    assert tier.taken == took == PledgeLine.objects.filter(holds=True).count()
    # What is left is there for those who come after.
    rest = at_once(*(lambda one=one: pledge(campaign, tier, one, cast.now) for one in people[:9]))
    tier.refresh_from_db()
    assert tier.taken == 9
    assert {one.code for one in rest if isinstance(one, ValidationError)} <= {"tier_sold_out", "too_many_drafts"}
    assert [breach.invariant for breach in books.check()] == []


@pytest.mark.django_db
def test_an_organiser_moves_the_deadline_once_and_the_page_says_so(cast: Cast) -> None:
    campaign, producer = launched(cast), visitor(cast.petra)
    before = campaign.deadline_at
    sent = {"do": "extend", "deadline_at": f"{before + 5 * DAY:%Y-%m-%dT%H:%M}"}
    assert producer.post(f"{PAGE}organise/", sent).status_code == 200  # not sure
    assert visitor(cast.theo).post(f"{PAGE}organise/", {**sent, "is_sure": "on"}).status_code == 404
    assert producer.post(f"{PAGE}organise/", {**sent, "is_sure": "on"}).status_code == 302
    fund = Fund.objects.get()
    assert fund.deadline_at > before + 4 * DAY
    html = producer.get(PAGE).content.decode()
    assert "Its deadline was moved once, from" in html
    assert producer.post(f"{PAGE}organise/", {**sent, "is_sure": "on"}).status_code == 404
    with pytest.raises(ValidationError) as draft:
        extending.extend(drafted(cast, campaign.facility, "saw"), deadline_at=before + DAY, by=cast.petra, now=cast.now)
    assert draft.value.code == "campaign_closed"
