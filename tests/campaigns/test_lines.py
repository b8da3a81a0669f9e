"""Several rewards in one pledge: what they cost, what is counted, and what changing, leaving and racing make of it."""

from __future__ import annotations

import itertools
import re
import threading
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.test import Client
from uuid6 import uuid7

from campaigns import launching, pledging
from campaigns.choosing import Choice
from campaigns.models import Campaign, Pledge, PledgeLine, Tier
from csm import books
from funding import committing
from payments.models import CardSetup
from tests.campaigns.test_api import Api, drafted
from tests.cast import Cast, euro
from tests.funding.test_races import at_once


def with_three(cast: Cast) -> tuple[Campaign, Tier, Tier, Tier]:
    """A live campaign: evenings (20, two of them), bowls (30, six), postcards (5, as many as one likes)."""
    campaign = drafted(cast)
    for title, amount, cap in (("Bowl", 30_00, 6), ("Postcard", 5_00, None)):
        launching.save_line(Tier(campaign=campaign, title=title, text="x", amount_minor=amount, cap=cap, position=1))
    cast.launch(campaign)
    return campaign, *(campaign.tiers.get(title=title) for title in ("Evening", "Bowl", "Postcard"))


def pledged(cast: Cast, campaign: Campaign, choices: list[Choice], amount: str = "", **more: Any) -> Pledge:
    return pledging.pledge(
        campaign=campaign,
        choices=choices,
        amount=euro(amount) if amount else None,
        form_key=more.pop("form_key", None) or uuid7(),
        accepted_from=None,
        success_url="http://x/",
        cancel_url="http://x/",
        by=more.pop("by", cast.mia),
        now=cast.now,
        **more,
    )


def secured(cast: Cast, pledge: Pledge) -> Pledge:
    """Its card is saved."""
    card = cast.saved_card(None, pledge.member)
    CardSetup.objects.filter(purpose_id=pledge.commitment_id).update(state="complete", card=card)
    committing.settle_draft(pledge.commitment_id, now=cast.now)
    pledge.refresh_from_db()
    return pledge


def change(cast: Cast, pledge: Pledge, choices: list[Choice], amount: str = "") -> None:
    pledging.change(
        pledge,
        choices=choices,
        amount=euro(amount) if amount else None,
        accepted_from=None,
        by=pledge.member,
        now=cast.now,
    )


def taken() -> dict[str, int]:
    return dict(Tier.objects.values_list("title", "taken"))


def refused(code: str) -> Any:
    return pytest.raises(ValidationError, check=lambda error: getattr(error, "code", "") == code)


@pytest.mark.django_db
def test_several_rewards_cost_their_sum_and_count_their_pieces(cast: Cast) -> None:
    campaign, evening, bowl, postcard = with_three(cast)
    pledge = pledged(cast, campaign, [Choice(postcard, 3), Choice(bowl, 2), Choice(evening)])
    assert pledge.commitment.maximum == euro("95.00")
    assert taken() == {"Evening": 1, "Bowl": 2, "Postcard": 0}
    assert "I chose:" in pledge.commitment.consents.get().text
    more = pledged(cast, campaign, [Choice(bowl, 1)], "50.00")
    assert (more.commitment.maximum, more.extra) == (euro("50.00"), euro("20.00"))
    assert books.check() == []


@pytest.mark.django_db
def test_what_cannot_be_chosen_is_refused(cast: Cast) -> None:
    campaign, evening, bowl, _postcard = with_three(cast)
    other = drafted(cast, campaign.facility, "saw").tiers.get()
    for code, choices, amount in (
        ("tier_of_another_campaign", [Choice(other)], "90.00"),
        ("tier_twice", [Choice(bowl), Choice(bowl)], "90.00"),
        ("quantity_wrong", [Choice(bowl, 0)], "90.00"),
        ("quantity_wrong", [Choice(bowl, 21)], "999.00"),
        ("amount_below_rewards", [Choice(bowl, 2)], "59.99"),
        ("amount_missing", [], ""),
        ("tier_sold_out", [Choice(evening, 3)], ""),
    ):
        with refused(code):
            pledged(cast, campaign, choices, amount)
    assert (Pledge.objects.count(), taken()) == (0, {"Evening": 0, "Bowl": 0, "Postcard": 0})


@pytest.mark.django_db
def test_who_wants_more_than_there_are_reads_how_many_are_left(cast: Cast) -> None:
    campaign, evening, bowl, _postcard = with_three(cast)
    pledged(cast, campaign, [Choice(bowl, 4)])
    with pytest.raises(ValidationError, match="There are only 2 of “Bowl” left"):
        pledged(cast, campaign, [Choice(bowl, 3)])
    pledged(cast, campaign, [Choice(evening, 2)])
    with pytest.raises(ValidationError, match="“Evening” is sold out"):
        pledged(cast, campaign, [Choice(evening)])


@pytest.mark.django_db
def test_changing_counts_only_the_difference(cast: Cast) -> None:
    campaign, evening, bowl, postcard = with_three(cast)
    pledge = secured(cast, pledged(cast, campaign, [Choice(bowl, 6), Choice(postcard)]))
    # All are hers: she may keep them, though nobody else gets one.
    change(cast, pledge, [Choice(bowl, 6), Choice(evening, 2)])
    assert taken() == {"Evening": 2, "Bowl": 6, "Postcard": 0}
    assert pledge.commitment.maximum == euro("220.00")
    change(cast, pledge, [Choice(bowl, 1)], "31.00")
    assert taken() == {"Evening": 0, "Bowl": 1, "Postcard": 0}
    # The same amount for other things is agreed to anew as well.
    before = pledge.commitment.consents.count()
    change(cast, pledge, [Choice(postcard, 2)], "31.00")
    assert pledge.commitment.consents.count() == before + 1
    assert "2 × Postcard" in pledge.commitment.consents.order_by("pk").last().text
    change(cast, pledge, [Choice(postcard, 2)], "31.00")
    assert pledge.commitment.consents.count() == before + 1
    change(cast, pledge, [], "31.00")
    assert (taken(), PledgeLine.objects.count()) == ({"Evening": 0, "Bowl": 0, "Postcard": 0}, 0)
    assert books.check() == []


@pytest.mark.django_db
def test_leaving_gives_every_piece_back_once(cast: Cast) -> None:
    campaign, evening, bowl, _postcard = with_three(cast)
    pledge = secured(cast, pledged(cast, campaign, [Choice(bowl, 4), Choice(evening)]))
    pledging.withdraw(pledge, by=cast.mia, now=cast.now)
    assert pledging.free_lost_slots(limit=10) == 0
    assert taken() == {"Evening": 0, "Bowl": 0, "Postcard": 0}
    assert books.check() == []


@pytest.mark.django_db
def test_what_has_ended_by_itself_is_swept_up(cast: Cast) -> None:
    campaign, evening, bowl, _postcard = with_three(cast)
    pledge = pledged(cast, campaign, [Choice(bowl, 4), Choice(evening)])
    type(pledge.commitment).objects.filter(pk=pledge.commitment_id).update(state="abandoned")
    assert pledging.free_lost_slots(limit=1) == 1
    assert pledging.free_lost_slots(limit=9) == 1
    assert taken() == {"Evening": 0, "Bowl": 0, "Postcard": 0}


@pytest.mark.django_db
def test_the_same_form_with_other_numbers_is_not_silently_the_first(cast: Cast) -> None:
    campaign, _evening, bowl, _postcard = with_three(cast)
    key = uuid7()
    first = pledged(cast, campaign, [Choice(bowl, 2)], "90.00", form_key=key)
    assert pledged(cast, campaign, [Choice(bowl, 2)], "90.00", form_key=key) == first
    with refused("form_reused"):
        pledged(cast, campaign, [Choice(bowl, 3)], "90.00", form_key=key)
    assert taken()["Bowl"] == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_who_swap_their_rewards_do_not_wait_for_each_other_for_ever(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The counters are taken in one order; each in its own would be a deadlock, which PostgreSQL ends by refusing one."""
    campaign, evening, bowl, _postcard = with_three(cast)
    mine = secured(cast, pledged(cast, campaign, [Choice(evening)]))
    yours = secured(cast, pledged(cast, campaign, [Choice(bowl)], by=cast.olga))
    first_taken = threading.Barrier(2)
    count = pledging._count

    def slowly(tier: Tier, more: int) -> None:
        count(tier, more)
        with suppress(threading.BrokenBarrierError):
            first_taken.wait(1)

    monkeypatch.setattr(pledging, "_count", slowly)
    if not guarded:
        # What is given back first, then what is taken: for the two of them in opposite orders.
        monkeypatch.setattr(pledging, "sorted", lambda keys: list(keys), raising=False)
    results = at_once(
        lambda: change(cast, mine, [Choice(bowl)]),
        lambda: change(cast, yours, [Choice(evening)]),
    )
    assert any(isinstance(result, OperationalError) for result in results) is not guarded
    if guarded:
        assert results == [None, None]
        assert taken() == {"Evening": 1, "Bowl": 1, "Postcard": 0}
        assert books.check() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_who_change_their_numbers_at_once_never_get_more_than_there_are(cast: Cast) -> None:
    campaign, evening, bowl, _postcard = with_three(cast)
    people = [cast.person(f"p{number}") for number in range(6)]
    pledges = [secured(cast, pledged(cast, campaign, [Choice(bowl)], by=one)) for one in people]
    wishes = itertools.cycle([[Choice(bowl, 3)], [Choice(evening)], [Choice(bowl, 2), Choice(evening)]])
    results = at_once(
        *[lambda one=one, wish=wish: change(cast, one, wish) for one, wish in zip(pledges, wishes, strict=False)]
    )
    assert {getattr(result, "code", None) for result in results} <= {None, "tier_sold_out"}
    assert books.check() == []
    assert Tier.objects.get(pk=bowl.pk).taken <= 6
    assert Tier.objects.get(pk=evening.pk).taken <= 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_leaving_while_the_sweep_looks_gives_back_once(cast: Cast) -> None:
    campaign, evening, bowl, _postcard = with_three(cast)
    pledge = secured(cast, pledged(cast, campaign, [Choice(bowl, 4), Choice(evening)]))
    at_once(
        lambda: pledging.withdraw(pledge, by=cast.mia, now=cast.now),
        *[lambda: [pledging.free_lost_slots(limit=9) for _ in range(20)] for _ in range(4)],
    )
    assert taken() == {"Evening": 0, "Bowl": 0, "Postcard": 0}


def sent(client: Client, campaign: Campaign, **said: str) -> dict[str, str]:
    key = re.search(
        r'name="form_key" value="([^"]+)"', client.get(f"{campaign.get_absolute_url()}support/").content.decode()
    )
    assert key is not None
    return {"form_key": key[1], **said}


@pytest.mark.django_db
def test_the_form_reckons_while_one_types_and_again_when_it_is_sent(cast: Cast) -> None:
    campaign, evening, bowl, postcard = with_three(cast)
    client = Client()
    client.force_login(cast.mia)
    url = f"{campaign.get_absolute_url()}support/"
    said = sent(client, campaign, extra="1,50", **{f"n-{bowl.pk}": "2", f"n-{evening.pk}": "", f"n-{postcard.pk}": "1"})
    part = client.post(url, said, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "€66.50" in part
    review = client.post(url, said).content.decode()
    assert "Support with obligation to pay €66.50" in review
    for one in (f'name="n-{bowl.pk}" value="2"', 'name="extra" value="1,50"'):
        assert one in review
    too_many = client.post(url, said | {f"n-{bowl.pk}": "7"}).content.decode()
    assert "Of this there are 6 to choose at most." in too_many
    assert "Support with obligation" not in too_many
    assert not Pledge.objects.exists()
    # What was clicked on the campaign's page is chosen already, and reckoned.
    assert total_of(client.get(f"{url}?tier={bowl.pk}").content.decode()) == "€30.00"


def total_of(page: str) -> str:
    found = re.search(r'class="total".*?class="money">([^<]*)<', page, re.DOTALL)
    assert found is not None
    return found[1].strip().replace("\u2060", "")


@pytest.mark.django_db
def test_the_api_takes_and_gives_lines(cast: Cast) -> None:
    campaign, _evening, bowl, postcard = with_three(cast)
    pledge = secured(cast, pledged(cast, campaign, [Choice(bowl, 2)]))
    api = Api(cast)
    url = f"/api/v1/pledges/{pledge.pk}/"
    body = {"lines": [{"tier": str(postcard.pk), "quantity": 4}, {"tier": str(bowl.pk)}]}
    asked = api.send(url, body, method="patch")
    assert asked.json()["code"] == "mandate_not_accepted"
    assert "with €50.00" in asked.json()["detail"]
    answer = api.send(url, body | {"accepts_mandate": True}, method="patch").json()
    lines = [(line["tier"], line["quantity"], line["unit_minor"]) for line in answer["lines"]]
    assert sorted(lines) == sorted([(str(postcard.pk), 4, 5_00), (str(bowl.pk), 1, 30_00)])
    assert answer["commitment"]["maximum_minor"] == 50_00
