"""Withdrawing from the contract after the money has arrived: declared in two steps, confirmed with its time, answered."""

from __future__ import annotations

import pytest
from django.test import Client
from post_office.models import Email

from campaigns import launching, withdrawing
from campaigns.choosing import Choice
from campaigns.models import Pledge, ShippingRate, Tier, Withdrawal
from csm import books
from csm.local_stripe.process import LocalStripe
from csm.waiting import waiting_for
from funding import committing
from members.models import Member
from payments.models import CardSetup, Refund
from tests.campaigns.test_api import drafted
from tests.campaigns.test_lines import pledged, refused
from tests.cast import Cast
from tests.funding.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def paid(cast: Cast, stripe: LocalStripe) -> Pledge:
    """Mia has paid for two bowls with their delivery (65), thanks (20) and 35 on top."""
    campaign = drafted(cast)
    bowl = Tier(campaign=campaign, title="Bowl", text="x", amount_minor=30_00, handing="shipped")
    launching.save_line(bowl)
    launching.save_rates(bowl, [ShippingRate(tier=bowl, countries=["DE"], first_minor=5_00)])
    cast.launch(campaign)
    chosen = [Choice(bowl, 2), Choice(campaign.tiers.get(title="Evening"))]
    pledge = pledged(cast, campaign, chosen, "120.00", country="DE")
    card = cast.saved_card(stripe, cast.mia)
    CardSetup.objects.filter(purpose_id=pledge.commitment_id).update(state="complete", card=card)
    committing.settle_draft(pledge.commitment_id, now=cast.now)
    assert campaign.fund is not None
    fund = cast.close(campaign.fund)
    cast.collect_all(fund.deadline_at)
    return fresh(pledge)


def fresh(pledge: Pledge) -> Pledge:
    return Pledge.objects.with_lines().select_related("commitment__payment").get(pk=pledge.pk)


def logged_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def test_two_steps_a_mail_with_the_time_and_a_task_for_the_producer(cast: Cast, local_stripe: LocalStripe) -> None:
    pledge = paid(cast, local_stripe)
    Member.objects.filter(pk=cast.theo.pk).update(is_staff=True)
    cast.theo.refresh_from_db()
    mia = logged_in(cast.mia)
    url = f"{pledge.get_absolute_url()}contract/"
    assert "Withdraw from the contract" in mia.get(pledge.get_absolute_url()).content.decode()
    asked = mia.get(url).content.decode()
    assert "2 × Bowl" in asked
    assert "€65.00 comes back" in asked
    assert "Evening" not in asked
    assert not Withdrawal.objects.exists()
    assert logged_in(cast.olga).post(url).status_code == 404
    mia.post(url)
    row = Withdrawal.objects.get()
    assert (row.amount_minor, row.state) == (65_00, "declared")
    confirmed = Email.objects.latest("id")
    assert confirmed.to == ["mia@example.org"]
    assert row.said in confirmed.message
    assert f"{row.declared_at:%H:%M}" in confirmed.message
    mia.post(url)
    assert Withdrawal.objects.count() == 1
    tasks = [task for task in waiting_for(cast.theo).tasks if "withdrew from the contract" in task.to_do]
    assert len(tasks) == 1
    assert logged_in(cast.theo).get(tasks[0].url).status_code == 200
    logged_in(cast.theo).post(tasks[0].url.replace("change/", "do/accept/"), {"why": ""})
    row.refresh_from_db()
    refund = Refund.objects.get()
    assert (row.state, refund.amount_minor) == ("returned", 65_00)
    assert "€65.00 goes back" in Email.objects.latest("id").message
    assert [task for task in waiting_for(cast.theo).tasks if "withdrew from the contract" in task.to_do] == []
    assert books.check() == []


def test_a_large_one_waits_for_a_second_person(cast: Cast, local_stripe: LocalStripe, settings: object) -> None:
    settings.REFUND_APPROVAL_MINOR = 50_00  # type: ignore[attr-defined]
    row = withdrawing.declare(paid(cast, local_stripe), by=cast.mia, now=cast.now)
    withdrawing.accept(row, by=cast.theo, now=cast.now)
    assert Refund.objects.get().state == Refund.State.PROPOSED


def test_a_refusal_says_why_and_can_be_mended(cast: Cast, local_stripe: LocalStripe) -> None:
    row = withdrawing.declare(paid(cast, local_stripe), by=cast.mia, now=cast.now)
    withdrawing.refuse(row, by=cast.theo, now=cast.now, why="It was handed over in March.")
    assert "handed over in March" in Email.objects.latest("id").message
    assert not Refund.objects.exists()
    with refused("state_changed"):
        withdrawing.refuse(row, by=cast.theo, now=cast.now, why="again")
    withdrawing.accept(row, by=cast.theo, now=cast.now)
    with refused("state_changed"):
        withdrawing.accept(row, by=cast.theo, now=cast.now)
    assert Refund.objects.count() == 1


def test_there_is_nothing_to_withdraw_from_without_the_right(cast: Cast, local_stripe: LocalStripe) -> None:
    pledge = paid(cast, local_stripe)
    pledge.lines.filter(tier__title="Bowl").delete()
    with refused("nothing_to_withdraw_from"):
        withdrawing.declare(fresh(pledge), by=cast.mia, now=cast.now)
    assert "Withdraw from the contract" not in logged_in(cast.mia).get(pledge.get_absolute_url()).content.decode()


@pytest.mark.race
def test_two_clicks_declare_once_and_two_people_return_once(cast: Cast, local_stripe: LocalStripe) -> None:
    pledge = paid(cast, local_stripe)
    results = at_once(*[lambda: withdrawing.declare(fresh(pledge), by=cast.mia, now=cast.now) for _ in range(6)])
    assert [getattr(one, "code", "") for one in results].count("withdrawal_declared") == 5
    rows = [Withdrawal.objects.get() for _ in range(4)]
    at_once(*[lambda row=row: withdrawing.accept(row, by=cast.theo, now=cast.now) for row in rows])
    assert Refund.objects.count() == 1
    assert Email.objects.filter(message__contains="is accepted").count() == 1
