"""What sending costs and where, what a reward gives, until when it is to be had; and what cannot be promised."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from campaigns import delivering, launching, pledging
from campaigns.choosing import Choice
from campaigns.models import Campaign, Pledge, ShippingRate, Tier
from facilities.models import Facility
from tests.campaigns.test_api import Api, drafted
from tests.campaigns.test_lines import change, pledged, refused, secured, sent
from tests.cast import Cast, euro
from tests.csm.test_admin import staff

pytestmark = pytest.mark.django_db


def with_parcel(cast: Cast, rates: tuple[Any, ...], slug: str = "laser", **fields: Any) -> tuple[Campaign, Tier]:
    """A live campaign with a bowl for 30 that is sent by post."""
    campaign = drafted(cast, Facility.objects.first(), slug)
    fields = {"title": "Bowl", "text": "x", "amount_minor": 30_00, "handing": "shipped", **fields}
    tier = Tier(campaign=campaign, **fields)
    launching.save_line(tier)
    launching.save_rates(
        tier,
        [ShippingRate(tier=tier, countries=where, first_minor=first, more_minor=more) for where, first, more in rates],
    )
    cast.launch(campaign)
    return campaign, tier


DOMESTIC = ((["DE"], 5_00, 2_00),)


@pytest.mark.parametrize(
    ("rates", "country", "quantity", "cost"),
    [
        (DOMESTIC, "DE", 1, 5_00),
        (DOMESTIC, "DE", 4, 11_00),
        ((*DOMESTIC, ([], 20_00, 0)), "NO", 3, 20_00),
        ((*DOMESTIC, ([], 20_00, 0)), "DE", 1, 5_00),
        ((*DOMESTIC, (["FR"], 0, 0)), "FR", 2, 0),
    ],
)
def test_the_first_piece_and_each_more(cast: Cast, rates: Any, country: str, quantity: int, cost: int) -> None:
    campaign, tier = with_parcel(cast, rates)
    pledge = pledged(cast, campaign, [Choice(tier, quantity)], country=country)
    line = pledge.lines.get()
    assert (line.shipping_minor, pledge.country) == (cost, country)
    assert pledge.commitment.maximum_minor == quantity * 30_00 + cost
    assert "sent to" in pledge.commitment.consents.get().text


def test_the_union_is_all_its_members_and_a_place_has_one_price(cast: Cast) -> None:
    campaign, tier = with_parcel(cast, ((["eu"], 9_00, 0),))
    assert len(tier.rates.get().countries) == 27
    _other, beside = with_parcel(cast, ((["eu"], 9_00, 0), (["de"], 5_00, 0)), slug="saw")
    assert sorted(len(rate.countries) for rate in beside.rates.all()) == [1, 26]
    assert [str(rate) for rate in (*tier.rates.all(), *beside.rates.order_by("first_minor"))] == [
        *("the European Union", "Germany", "the rest of the European Union")
    ]
    assert pledged(cast, campaign, [Choice(tier)], country="FI").lines.get().shipping_minor == 9_00
    for code, rates in (
        ("country_twice", [["DE"], ["AT", "DE"]]),
        ("country_twice", [[], []]),
        ("country_unknown", [["XX"]]),
    ):
        with refused(code):
            delivering.check_rates([ShippingRate(countries=one, first_minor=1) for one in rates])
    with refused("amount_negative"):
        delivering.check_rates([ShippingRate(countries=["DE"], first_minor=-1)])


def test_a_country_without_a_rate_is_refused_by_name(cast: Cast) -> None:
    campaign, tier = with_parcel(cast, DOMESTIC)
    with pytest.raises(ValidationError, match="“Bowl” is not sent to this country: Norway"):
        pledged(cast, campaign, [Choice(tier)], country="NO")
    for code, country in (("country_missing", ""), ("country_unknown", "XX"), ("country_not_served", "NO")):
        with refused(code):
            pledged(cast, campaign, [Choice(tier)], country=country)
    assert not Pledge.objects.exists()


def test_nobodys_country_is_kept_for_no_reason(cast: Cast) -> None:
    campaign, tier = with_parcel(cast, DOMESTIC)
    pledge = secured(cast, pledged(cast, campaign, [Choice(tier)], country="DE"))
    change(cast, pledge, [Choice(campaign.tiers.get(title="Evening"))])
    pledge.refresh_from_db()
    assert pledge.country == ""


def test_moving_changes_the_price_and_is_agreed_to_anew(cast: Cast) -> None:
    campaign, tier = with_parcel(cast, (*DOMESTIC, (["FR"], 5_00, 2_00)))
    pledge = secured(cast, pledged(cast, campaign, [Choice(tier)], country="DE"))
    before = pledge.commitment.consents.count()
    pledging.change(
        pledge, choices=[Choice(tier)], amount=None, country="FR", accepted_from=None, by=cast.mia, now=cast.now
    )
    # The same price for another country.
    assert (pledge.country, pledge.commitment.maximum) == ("FR", euro("35.00"))
    assert pledge.commitment.consents.count() == before + 1


def test_an_early_reward_ends_for_those_who_have_none(cast: Cast) -> None:
    until = cast.now + datetime.timedelta(days=1)
    campaign, tier = with_parcel(cast, DOMESTIC, title="Early", handing="collect", cap=5, available_until_at=until)
    pledge = secured(cast, pledged(cast, campaign, [Choice(tier, 2)]))
    late = Cast.__new__(Cast)
    late.__dict__ |= cast.__dict__ | {"now": until}
    with refused("tier_over"):
        pledged(late, campaign, [Choice(tier)], by=cast.olga)
    with refused("tier_over"):
        change(late, pledge, [Choice(tier, 3)])
    change(late, pledge, [Choice(tier, 2)], "99.00")
    change(late, pledge, [Choice(tier, 1)])
    assert Tier.objects.get(pk=tier.pk).taken == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"handing": "shipped"}, "rates_missing"),
        ({"estimated_on": datetime.date(2020, 1, 1)}, "estimate_too_early"),
        ({"gives": "shares"}, "shares_need_counsel"),
    ],
)
def test_what_nobody_can_keep_is_not_launched(cast: Cast, settings: Any, fields: dict[str, Any], code: str) -> None:
    campaign = drafted(cast)
    launching.save_line(Tier(campaign=campaign, title="Odd", text="x", amount_minor=1_00, **fields))
    with pytest.raises(ValidationError) as wrong:
        cast.launch(campaign)
    assert [error.code for error in wrong.value.error_list] == [code]
    if code == "shares_need_counsel":
        settings.SHARES_COUNSEL_REFERENCE = "Opinion of 3 March, Recht & Partner"
        cast.launch(campaign)


def test_the_form_asks_for_the_country_and_says_what_is_wrong_beside_it(cast: Cast) -> None:
    campaign, tier = with_parcel(cast, DOMESTIC)
    client = Client()
    client.force_login(cast.mia)
    url = f"{campaign.get_absolute_url()}support/"
    said = sent(client, campaign, extra="", country="DE", **{f"n-{tier.pk}": "2"})
    review = client.post(url, said).content.decode()
    assert "Support with obligation to pay €67.00" in review
    assert "Delivery of Bowl" in review
    assert "Germany" in review
    wrong = client.post(url, said | {"country": "NO"})
    assert "is not sent to this country: Norway" in wrong.content.decode()
    assert list(wrong.context["form"].errors) == ["country"]
    page = Client().get(campaign.get_absolute_url()).content.decode()
    assert "Sent to Germany: €5.00, each more €2.00" in page
    assert "You may withdraw within 14 days" in page


def test_a_campaign_that_sends_nothing_asks_for_no_country(cast: Cast) -> None:
    campaign = drafted(cast)
    cast.launch(campaign)
    client = Client()
    client.force_login(cast.mia)
    assert 'name="country"' not in client.get(f"{campaign.get_absolute_url()}support/").content.decode()


def test_the_api_takes_a_country(cast: Cast) -> None:
    campaign, tier = with_parcel(cast, DOMESTIC)
    shown = Api(cast).get("/api/v1/campaigns/laser/").json()["tiers"]
    assert {"countries": ["DE"], "first_minor": 5_00, "more_minor": 2_00} in [
        one for row in shown for one in row["rates"]
    ]
    pledge = secured(cast, pledged(cast, campaign, [Choice(tier)], country="DE"))
    body = {"lines": [{"tier": str(tier.pk), "quantity": 2}], "country": "NO", "accepts_mandate": True}
    url = f"/api/v1/pledges/{pledge.pk}/"
    assert Api(cast).send(url, body, method="patch").json()["code"] == "country_not_served"
    answer = Api(cast).send(url, body | {"country": "DE"}, method="patch").json()
    assert (answer["country"], answer["commitment"]["maximum_minor"]) == ("DE", 67_00)


def test_a_producer_says_in_the_admin_what_sending_costs(cast: Cast) -> None:
    campaign = drafted(cast)
    tier = campaign.tiers.get()
    url = f"/admin/campaigns/tier/{tier.pk}/change/"
    form = {
        "title": "Bowl",
        "text": "x",
        "amount_minor": "30",
        "gives": "thanks",
        "units": 0,
        "hours": 0,
        "cap": "2",
        "handing": "shipped",
        "withdrawal_days": 14,
        "position": 0,
        "estimated_on": "2031-05-17",
        "rates-TOTAL_FORMS": 1,
        "rates-INITIAL_FORMS": 0,
        "rates-MIN_NUM_FORMS": 0,
        "rates-MAX_NUM_FORMS": 99,
        "rates-0-countries": "de, at",
        "rates-0-first_minor": "4.50",
        "rates-0-more_minor": "0",
    }
    answer = staff(cast.petra).post(url, form)
    assert answer.status_code == 302, answer.context["errors"]
    tier.refresh_from_db()
    rate = tier.rates.get()
    assert (tier.handing, tier.estimated_on, rate.countries, rate.first_minor) == (
        "shipped",
        datetime.date(2031, 5, 1),
        ["DE", "AT"],
        4_50,
    )
    cast.launch(campaign)
    assert staff(cast.petra).post(url, form | {"title": "Other"}).status_code == 403
