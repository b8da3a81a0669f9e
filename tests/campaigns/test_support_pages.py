"""The pages of one's own support: every obligation is read before it binds, and what is unfinished can be given up."""

from __future__ import annotations

import re

import pytest
import requests
from django.test import Client
from uuid6 import uuid7

from campaigns import pledging
from campaigns.choosing import Choice
from campaigns.models import Campaign, Pledge, Tier
from csm.local_stripe.process import LocalStripe
from funding import committing
from funding.models import Commitment, Tally
from payments.models import CardSetup
from tests.campaigns.test_api import Api, launched
from tests.cast import Cast, euro

State = Commitment.State


def pledged(cast: Cast, campaign: Campaign, *, tier: Tier | None = None) -> Pledge:
    """Mia's support, its card not saved yet."""
    return pledging.pledge(
        campaign=campaign,
        choices=[] if tier is None else [Choice(tier)],
        amount=euro("40.00"),
        form_key=uuid7(),
        accepted_from=None,
        success_url="http://testserver/x/",
        cancel_url="http://testserver/x/",
        by=cast.mia,
        now=cast.now,
    )


def secured(cast: Cast, campaign: Campaign) -> Pledge:
    return with_card(cast, pledged(cast, campaign))


def with_card(cast: Cast, pledge: Pledge) -> Pledge:
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
    said = {"extra": "75", "form_key": key[1]}
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
    pledge = pledged(cast, campaign, tier=tier)
    browser.post(f"{pledge.get_absolute_url()}continue/")
    assert "Finish or discard it" in browser.get("/me/").content.decode()
    page = browser.get(pledge.get_absolute_url()).content.decode()
    assert "Discard it" in page
    assert "Amount, not promised" in page
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


def chosen(browser: Client, url: str, **said: str) -> tuple[dict[str, str], str]:
    """The form as it was sent, and the review that answers it."""
    key = re.search(r'name="form_key" value="([^"]+)"', browser.get(url).content.decode())
    assert key is not None
    sent = {"extra": "", "form_key": key[1]} | said
    return sent, browser.post(url, sent).content.decode()


@pytest.mark.django_db(transaction=True)
def test_who_joins_after_the_close_reads_that_it_is_charged_at_once(
    cast: Cast, browser: Client, local_stripe: LocalStripe
) -> None:
    campaign = launched(cast)
    fund = campaign.fund
    assert fund is not None
    url = f"{campaign.get_absolute_url()}support/"
    said, before = chosen(browser, url, extra="40")
    assert re.search(r"Charged today</dt><dd>nothing", before)
    cast.secured(fund, "100.00")
    cast.close(fund)
    # The minimum has arrived, and it is so all the same.
    Tally.objects.create(fund=fund, kind=Tally.Kind.COLLECTED, amount_minor=100_00, promises=1)
    assert "Joining now is charged at once" in browser.get(campaign.get_absolute_url()).content.decode()
    # Whoever read “nothing” before the close is not bound by a click after it, but reads again.
    again = browser.post(url, said | {"bind": "yes"}).content.decode()
    assert not Pledge.objects.exists()
    assert re.search(r"Charged today, once your card is saved</dt><dd>€40\.00", again)
    assert "nothing" not in again
    browser.post(url, said | {"bind": "yes", "at_once": "yes"})
    assert Pledge.objects.count() == 1


@pytest.mark.django_db
def test_nothing_on_top_is_what_the_rewards_cost(cast: Cast, browser: Client) -> None:
    campaign = launched(cast)
    url = f"{campaign.get_absolute_url()}support/"
    _said, review = chosen(browser, url, **{f"n-{campaign.tiers.get().pk}": "2"})
    assert "Support with obligation to pay €40.00" in review
    assert "with €40.00" in review
    assert "I chose: 2 × Evening." in review
    _said, refused = chosen(browser, url)
    assert "Choose a reward, or say how much." in refused


@pytest.mark.django_db
def test_what_is_begun_is_not_called_support(cast: Cast, browser: Client) -> None:
    campaign = launched(cast)
    pledge = pledged(cast, campaign)
    pages = [campaign.get_absolute_url(), f"{campaign.get_absolute_url()}support/"]
    for page in pages:
        text = browser.get(page).content.decode()
        assert "You have begun" in text
        assert "You support this" not in text
    with_card(cast, pledge)
    for page in pages:
        text = browser.get(page).content.decode()
        assert "You support this" in text
        assert "€40.00" in text
        assert "You have begun" not in text
    assert "You support this" not in Client().get(pages[0]).content.decode()


@pytest.mark.django_db
def test_the_change_page_says_what_is_changed(cast: Cast, browser: Client) -> None:
    pledge = secured(cast, launched(cast))
    text = browser.get(f"{pledge.get_absolute_url()}change/").content.decode()
    assert "Change your support of “Laser cutter”" in text
    assert "So far you promise €40.00, without a reward." in text


@pytest.mark.django_db
def test_the_words_agreed_to_name_the_minimum_and_can_be_read_again(cast: Cast, browser: Client) -> None:
    pledge = secured(cast, launched(cast))
    assert "If at least the minimum of €100.00 is promised" in browser.get(pledge.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_log_in_says_what_it_is_for(cast: Cast) -> None:
    campaign = launched(cast)
    page = Client().get(f"/accounts/login/?next={campaign.get_absolute_url()}support/").content.decode()
    assert "To support “Laser cutter” you need an account" in page
    wrong = {"login": "x@example.org", "password": "no", "next": f"{campaign.get_absolute_url()}support/"}
    assert "To support “Laser cutter” you need" in Client().post("/accounts/login/", wrong).content.decode()
    for nowhere in ("", "?next=/nowhere/", "?next=https://elsewhere.example/", "?next=%00"):
        assert "you need an account" not in Client().get(f"/accounts/login/{nowhere}").content.decode()
