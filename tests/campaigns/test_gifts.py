"""Support in the name of an organisation, and as a gift: who reads what, and when."""

from __future__ import annotations

import pytest
from django.test import Client
from post_office.models import Email

from campaigns import giving
from campaigns.choosing import Choice
from campaigns.models import Gift, Pledge
from csm.local_stripe.process import LocalStripe
from funding import committing
from members.models import Membership, Organisation
from payments.models import CardSetup
from tests.campaigns.test_api import launched
from tests.campaigns.test_lines import pledged, refused, secured, sent
from tests.cast import Cast

TO = giving.To("Oma Erna", "erna@example.org", "For the chairs.")


def logged_in(member: object) -> Client:
    client = Client()
    client.force_login(member)  # type: ignore[arg-type]
    return client


@pytest.mark.django_db(transaction=True)
def test_in_the_name_of_an_organisation(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    town = Organisation.objects.create(name="Stadt Plön", slug="ploen", kind="municipality")
    url = f"{campaign.get_absolute_url()}support/"
    assert "In the name of" not in logged_in(cast.mia).get(url).content.decode()
    with refused("not_acting_for"):
        pledged(cast, campaign, [], "40.00", organisation=town)
    Membership.objects.create(organisation=town, member=cast.mia, role="operator")
    with refused("not_acting_for"):
        pledged(cast, campaign, [], "40.00", organisation=town)
    Membership.objects.create(organisation=town, member=cast.mia, role="treasurer")
    client = logged_in(cast.mia)
    said = sent(client, campaign, extra="40", organisation=str(town.pk))
    assert "Stadt Plön" in client.post(url, said).content.decode()
    client.post(url, said | {"bind": "yes"})
    pledge = secured(cast, Pledge.objects.get())
    assert pledge.commitment.organisation == town
    assert "Stadt Plön" in client.get(pledge.get_absolute_url()).content.decode()
    assert "Stadt Plön" in Client().get(campaign.get_absolute_url()).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_gift_is_told_once_and_only_when_it_came_true(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    pledge = pledged(cast, campaign, [Choice(campaign.tiers.get())], "120.00", gift=TO)
    card = cast.saved_card(local_stripe, cast.mia)
    CardSetup.objects.filter(purpose_id=pledge.commitment_id).update(state="complete", card=card)
    committing.settle_draft(pledge.commitment_id, now=cast.now)
    giver = logged_in(cast.mia)
    card_page = f"{pledge.get_absolute_url()}gift/"
    assert "Oma Erna" in giver.get(pledge.get_absolute_url()).content.decode()
    assert giving.to_tell(limit=9) == []
    assert giver.get(card_page).status_code == 404
    assert campaign.fund is not None
    fund = cast.close(campaign.fund)
    cast.collect_all(fund.deadline_at)
    cast.run_out(fund)
    assert giving.to_tell(limit=9) == [pledge.gift.pk]
    assert giving.tell(pledge.gift.pk, now=cast.now)
    assert not giving.tell(pledge.gift.pk, now=cast.now)
    mail = Email.objects.get(to="erna@example.org")
    for words in ("Hello Oma Erna", "For the chairs.", "1 × Evening", "Mia has supported"):
        assert words in mail.message
    card_text = giver.get(card_page).content.decode()
    assert "For Oma Erna" in card_text
    assert logged_in(cast.olga).get(card_page).status_code == 404
    with refused("gift_told"):
        giving.change(Pledge.objects.get(), TO, by=cast.mia, now=cast.now)


@pytest.mark.django_db(transaction=True)
def test_a_gift_is_typed_in_the_form(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast)
    client = logged_in(cast.mia)
    url = f"{campaign.get_absolute_url()}support/"
    said = sent(client, campaign, extra="40", gift_email="erna@example.org")
    assert "Say for whom it is." in client.post(url, said).content.decode()
    review = client.post(url, said | {"gift_name": "Oma Erna"}).content.decode()
    assert "A gift for" in review
    client.post(url, said | {"gift_name": "Oma Erna", "bind": "yes"})
    gift = Gift.objects.get()
    assert (gift.name, gift.email, gift.pledge.member) == ("Oma Erna", "erna@example.org", cast.mia)
    changed = giving.change(gift.pledge, giving.To("Opa Karl"), by=cast.mia, now=cast.now)
    assert (changed.pk, changed.name, changed.email) == (gift.pk, "Opa Karl", "")
    # Without an address nobody is written to.
    assert giving.to_tell(limit=9) == []
