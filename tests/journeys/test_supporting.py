"""What supporters live through, in a browser, against the running platform."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from csm import books
from funding.models import Commitment, Fund
from members.clock import database_now
from payments.models import Refund
from tests.cast import ASKS_ALWAYS, DECLINED_LATER, OK
from tests.journeys.conftest import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser]


def state(fund_id: Any) -> str:
    return Fund.objects.get(pk=fund_id).state


def test_enough_is_promised_charged_and_handed_over(stack: Stack, visitor: Any) -> None:
    campaign = stack.campaign(minimum="50.00")
    mia = visitor("mia")
    mia.support(campaign, "60")
    mia.see("nothing is charged")
    assert not Commitment.objects.filter(fund=campaign.fund, state="paid").exists()
    stack.close(campaign)
    mia.see("Your money has arrived")
    wait_until(lambda: state(campaign.fund_id) == "settled", 30)
    mia.open(f"{campaign.get_absolute_url()}accounts/")
    text = mia.page.inner_text("main")
    assert "Adds up to" in text
    assert re.search(r"Adds up to\s+€0\.00", text), text
    assert books.check() == []


def test_a_declined_card_is_mended_within_the_window(stack: Stack, visitor: Any) -> None:
    campaign = stack.campaign(minimum="50.00")
    mia = visitor("mia")
    mia.support(campaign, "60", DECLINED_LATER)
    stack.close(campaign)
    mia.see("Your card was declined")
    mia.page.click("a.button:has-text('Use another card')")
    mia.page.click("button:has-text('Agree and save')")
    mia.save_card(OK)
    mia.open("/me/")
    mia.see("Your money has arrived")
    wait_until(lambda: state(campaign.fund_id) == "settled", 30)


def test_a_bank_that_asks_is_refused_once_and_answered_late(stack: Stack, visitor: Any) -> None:
    campaign = stack.campaign(minimum="50.00")
    mia = visitor("mia")
    mia.support(campaign, "60", ASKS_ALWAYS)
    stack.close(campaign)
    mia.see("Your bank wants your yes")
    mia.page.click("a.button:has-text('Confirm at your bank')")
    mia.page.click("button:has-text('Go to my bank')")
    mia.page.wait_for_url(f"{stack.stripe.url}/**")
    assert "Do you want to pay €60.00?" in mia.page.inner_text("main")
    mia.page.click("button:has-text('Refuse')")
    mia.page.wait_for_url(f"{stack.url}/**")
    assert "Your bank’s confirmation was refused, so nothing was charged." in mia.page.inner_text("main")
    mia.page.click("a.button:has-text('Try again at your bank')")
    mia.page.click("button:has-text('Go to my bank')")
    mia.page.wait_for_url(f"{stack.stripe.url}/**")
    mia.page.click("button:has-text('Approve')")
    mia.page.wait_for_url(f"{stack.url}/**")
    mia.open("/me/")
    mia.see("Your money has arrived")
    wait_until(lambda: state(campaign.fund_id) == "settled", 30)
    # One payment throughout: the bank's question was answered for the one that asked.
    commitment = Commitment.objects.get(fund=campaign.fund)
    assert commitment.payment is not None
    assert commitment.payment.attempts.count() == 3


def test_too_little_arrives_and_everybody_gets_it_back(stack: Stack, visitor: Any) -> None:
    campaign = stack.campaign(minimum="100.00")
    mia, ben = visitor("mia"), visitor("ben")
    mia.support(campaign, "60")
    ben.support(campaign, "60", DECLINED_LATER)
    stack.close(campaign)
    ben.see("Your card was declined")
    mia.open("/me/")
    mia.see("Your money has arrived")
    assert state(campaign.fund_id) == "collecting"
    # Nobody mends the card: the window ends, and everything goes back.
    Fund.objects.filter(pk=campaign.fund_id).update(window_ends_at=database_now())
    mia.see("your money goes back to your card in full")
    ben.open("/me/")
    ben.see("No card could be charged in time")
    wait_until(lambda: state(campaign.fund_id) == "refunded", 60)
    refund = Refund.objects.get(payment__purpose_id=Commitment.objects.get(fund=campaign.fund, state="paid").pk)
    assert (refund.state, refund.amount_minor) == ("succeeded", 60_00)
    assert books.check() == []


def test_whoever_withdraws_before_the_close_is_never_charged(stack: Stack, visitor: Any) -> None:
    campaign = stack.campaign(minimum="50.00")
    mia = visitor("mia")
    mia.support(campaign, "60")
    mia.page.click("main a:has-text('Withdraw')")
    mia.page.click("main form button")
    mia.page.wait_for_load_state()
    mia.open("/me/")
    mia.see("You withdrew")
    stack.close(campaign)
    wait_until(lambda: state(campaign.fund_id) == "missed", 30)
    assert Commitment.objects.get(fund=campaign.fund).payment is None


def test_redis_is_emptied_and_postgresql_drops_everybody(stack: Stack) -> None:
    """In the middle of the collecting; everything is found again in the tables, and nobody is charged twice."""
    campaign = stack.campaign(minimum="50.00")
    assert campaign.fund is not None
    for _ in range(12):
        stack.cast.secured(campaign.fund, "20.00", stripe=stack.stripe, now=database_now())
    stack.close(campaign)
    paid = Commitment.objects.filter(fund=campaign.fund, state="paid")
    wait_until(paid.exists, 40)
    broker = redis.Redis.from_url(settings.REDIS_URL)
    for _ in range(3):
        broker.flushdb()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.5)
    wait_until(lambda: state(campaign.fund_id) == "settled", 150)
    assert paid.count() == 12
    assert books.check() == []
