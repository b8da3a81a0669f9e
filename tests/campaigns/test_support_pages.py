"""The pages of one's own support: every obligation is read before it binds, and what is unfinished can be given up."""

from __future__ import annotations

import re

import pytest
import requests
from django.test import Client
from uuid6 import uuid7

from campaigns import pledging
from campaigns.models import Campaign, Pledge, Tier
from csm.local_stripe.process import LocalStripe
from funding import committing
from funding.models import Commitment
from payments.models import CardSetup
from tests.campaigns.test_api import Api, launched
from tests.cast import Cast, euro

State = Commitment.State


def pledged(cast: Cast, campaign: Campaign, *, tier: Tier | None = None) -> Pledge:
    """Mia's support, its card not saved yet."""
    return pledging.pledge(
        campaign=campaign,
        tier=tier,
        amount=euro("40.00"),
        form_key=uuid7(),
        accepted_from=None,
        success_url="http://testserver/x/",
        cancel_url="http://testserver/x/",
        by=cast.mia,
        now=cast.now,
    )


def secured(cast: Cast, campaign: Campaign) -> Pledge:
    pledge = pledged(cast, campaign)
    card = cast.saved_card(None, cast.mia)
    CardSetup.objects.filter(purpose_id=pledge.commitment_id).update(state="complete", card=card)
    committing.settle_draft(pledge.commitment_id, now=cast.now)
    pledge.refresh_from_db()
    return pledge


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.mia)
    return client


@pytest.mark.django_db
def test_more_is_promised_only_after_reading_what_it_binds_to(cast: Cast, browser: Client) -> None:
    pledge = secured(cast, launched(cast))
    url = f"{pledge.get_absolute_url()}change/"
    form = browser.get(url).content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', form)
    assert key is not None
    said = {"amount": "75", "tier": "", "form_key": key[1]}
    review = browser.post(url, said).content.decode()
    assert "with €75.00. If at least the minimum of €" in review
    pledge.commitment.refresh_from_db()
    assert pledge.commitment.maximum_minor == 40_00
    browser.post(url, said | {"bind": "yes"})
    pledge.commitment.refresh_from_db()
    assert pledge.commitment.maximum_minor == 75_00
    assert "€75.00" in pledge.commitment.consents.latest("given_at").text


@pytest.mark.django_db
def test_the_api_changes_nothing_before_the_mandate_is_accepted(cast: Cast) -> None:
    pledge = secured(cast, launched(cast))
    api = Api(cast)
    url = f"/api/v1/pledges/{pledge.pk}/"
    refused = api.send(url, {"amount_minor": 75_00}, method="patch")
    assert (refused.status_code, refused.json()["code"]) == (422, "mandate_not_accepted")
    assert "with €75.00. If at least the minimum of €" in refused.json()["detail"]
    body = {"amount_minor": 75_00, "accepts_mandate": True}
    assert api.send(url, body, method="patch").json()["commitment"]["maximum_minor"] == 75_00


@pytest.mark.django_db
def test_who_supports_already_is_told_before_promising_twice(cast: Cast, browser: Client) -> None:
    campaign = launched(cast)
    url = f"{campaign.get_absolute_url()}support/"
    assert "You support this already" not in browser.get(url).content.decode()
    pledge = secured(cast, campaign)
    page = browser.get(url).content.decode()
    assert "You support this already with €40.00" in page
    assert pledge.get_absolute_url() in page


@pytest.mark.django_db(transaction=True)
def test_what_is_unfinished_can_be_discarded_and_its_reward_is_free_at_once(
    cast: Cast, browser: Client, local_stripe: LocalStripe
) -> None:
    campaign = launched(cast)
    tier = campaign.tiers.get()
    Tier.objects.filter(pk=tier.pk).update(cap=1)
    tier.refresh_from_db()
    pledge = pledged(cast, campaign, tier=tier)
    browser.post(f"{pledge.get_absolute_url()}continue/")
    assert "Finish or discard it" in browser.get("/me/").content.decode()
    page = browser.get(pledge.get_absolute_url()).content.decode()
    assert "Discard it" in page
    browser.post(f"{pledge.get_absolute_url()}withdraw/")
    pledge.refresh_from_db()
    tier.refresh_from_db()
    assert (pledge.commitment.state, tier.taken) == (State.ABANDONED, 0)
    sessions = [row for row in local_stripe.control("GET", "requests") if row["path"].endswith("/expire")]
    assert len(sessions) == 1


@pytest.mark.django_db(transaction=True)
def test_the_card_page_shows_the_mandate(cast: Cast, browser: Client, local_stripe: LocalStripe) -> None:
    pledge = pledged(cast, launched(cast))
    answer = browser.post(f"{pledge.get_absolute_url()}continue/")
    assert "with €40.00. If at least the minimum of €" in requests.get(answer["Location"], timeout=10).text


@pytest.mark.django_db
def test_a_charge_under_way_looks_again_by_itself(cast: Cast, browser: Client) -> None:
    pledge = secured(cast, launched(cast))
    assert "hx-get" not in browser.get(pledge.get_absolute_url()).content.decode()
    Commitment.objects.filter(pk=pledge.commitment_id).update(
        state=State.CHARGING, amount_minor=40_00, counted_minor=40_00
    )
    page = browser.get(pledge.get_absolute_url())
    assert f'hx-get="{pledge.get_absolute_url()}"' in page.content.decode()
    assert "htmx" in page.content.decode()
