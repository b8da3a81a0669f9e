"""Supporting a campaign without a card, from its page to the treasurer; and help in kind beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from post_office.models import Email
from uuid6 import uuid7

from campaigns import launching
from campaigns.models import Campaign, InKind, OtherMoney, Pledge
from csm import books
from funding import promising, totals
from funding.models import Commitment
from tests.campaigns.test_api import drafted
from tests.cast import Cast, euro
from tests.workshop import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    cast.bank_details()
    made = drafted(cast, Workshop(cast.werkhof, cast.petra, cast.now).facility)
    terms = OtherMoney(campaign=made, takes_transfers=True, takes_invoices=True, invoice_minimum_minor=50_00)
    terms.takes_in_kind = True
    launching.save_line(terms)
    cast.launch(made)
    made.refresh_from_db()
    return made


def as_(member: Any) -> Client:
    client = Client()
    client.force_login(member)
    return client


def said(page: Any) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


def given(**other: str) -> dict[str, str]:
    words = {"extra": "80,00", "way": "invoice", "payer_name": "Gemeinde Norden", "form_key": str(uuid7())}
    words |= {"payer_address": "Am Markt 1\n26506 Norden", "purchase_order": "PO-7", "pay_within_days": "30"}
    return {**words, **other}


def test_a_town_promises_reads_and_is_confirmed(cast: Cast, campaign: Campaign) -> None:
    mia, page = as_(cast.mia), f"{campaign.get_absolute_url()}support/in-writing/"
    assert "Pay without a card" in said(mia.get(f"{campaign.get_absolute_url()}support/"))
    assert "Bank transfer" in said(mia.get(page))
    words = given()
    review = said(mia.post(page, words))
    assert "Promise with obligation to pay" in review
    assert "Gemeinde Norden supports" in review
    assert not Pledge.objects.exists()
    # A double click is one promise.
    for _ in range(2):
        own = said(mia.post(page, {**words, "bind": "yes"}, follow=True))
    pledge = Pledge.objects.get()
    assert "Please do not pay yet" in own
    assert pledge.commitment.reference[:4] in own
    assert "Save your card" not in own
    assert pledge.commitment.consents.get().text in review.replace("&#x27;", "'")
    assert pledge.commitment.written.purchase_order == "PO-7"
    assert "counts" in Email.objects.get(to=cast.mia.email).message
    promising.confirm(pledge.commitment_id, maximum=euro("80.00"), by=cast.theo, now=cast.now)
    assert "Your promise counts" in said(mia.get(pledge.get_absolute_url()))
    assert books.check() == []


def test_what_the_producer_does_not_take_is_refused(cast: Cast, campaign: Campaign) -> None:
    mia, page = as_(cast.mia), f"{campaign.get_absolute_url()}support/in-writing/"
    assert "from €50.00 on" in said(mia.post(page, given(extra="49.99")))
    assert "30 days at most" in said(mia.post(page, given(pay_within_days="31")))
    assert "needs an address" in said(mia.post(page, given(payer_address="")))
    assert "not one of the available choices" in said(mia.post(page, given(way="cash")))
    assert not Pledge.objects.exists()
    OtherMoney.objects.update(takes_transfers=False, takes_invoices=False)
    assert mia.get(page).status_code == 302
    assert "Pay without a card" not in said(mia.get(f"{campaign.get_absolute_url()}support/"))


def test_it_is_changed_and_withdrawn_until_the_deadline(cast: Cast, campaign: Campaign) -> None:
    mia, page = as_(cast.mia), f"{campaign.get_absolute_url()}support/in-writing/"
    mia.post(page, {**given(), "bind": "yes"})
    pledge = Pledge.objects.get()
    fund = pledge.commitment.fund_id
    promising.confirm(pledge.commitment_id, maximum=euro("80.00"), by=cast.theo, now=cast.now)
    address = f"/me/support/{pledge.pk}/"
    change = {"extra": "90", "form_key": str(uuid7())}
    assert "Gemeinde Norden supports" in said(mia.post(f"{address}change/", change))
    mia.post(f"{address}change/", {**change, "bind": "yes"})
    pledge.commitment.refresh_from_db()
    assert (pledge.commitment.state, pledge.commitment.maximum_minor) == (State.DRAFT, 90_00)
    assert totals.standing(fund).secured_minor == 0
    promising.confirm(pledge.commitment_id, maximum=euro("90.00"), by=cast.theo, now=cast.now)
    mia.post(f"{address}change/", {**change, "extra": "10", "bind": "yes"})
    pledge.commitment.refresh_from_db()
    # Less than an invoice is sent for.
    assert pledge.commitment.maximum_minor == 90_00
    mia.post(f"{address}withdraw/")
    pledge.commitment.refresh_from_db()
    assert pledge.commitment.state == State.WITHDRAWN
    assert books.check() == []


def test_help_in_kind_is_listed_beside_the_money(cast: Cast, campaign: Campaign) -> None:
    mia, petra = as_(cast.mia), as_(cast.petra)
    page = f"{campaign.get_absolute_url()}in-kind/"
    assert "Offer equipment" in said(mia.get(campaign.get_absolute_url()))
    for title in ("A hall, 80 m²", "Rusty nails"):
        mia.post(page, {"kind": "land", "title": title, "text": "dry"})
    hall, nails = InKind.objects.order_by("pk")
    assert "Valued at" not in said(mia.get(page))
    assert mia.post(f"{page}{hall.pk}/", {"deed": "accept", "value": "1"}).status_code == 404
    assert as_(cast.olga).post(f"{page}{hall.pk}/", {"deed": "withdraw"}).status_code == 404
    assert "Rusty nails" in said(petra.get("/me/"))
    petra.post(f"{page}{hall.pk}/", {"deed": "accept", "value": "1.200,00", "words": "Wonderful."})
    petra.post(f"{page}{nails.pk}/", {"deed": "decline", "words": ""})
    nails.refresh_from_db()
    assert nails.state == "offered"
    petra.post(f"{page}{nails.pk}/", {"deed": "decline", "words": "No."})
    nails.refresh_from_db()
    assert nails.state == "declined"
    shown = said(mia.get(campaign.get_absolute_url()))
    assert "A hall, 80 m²" in shown
    assert "€1,200.00" in shown
    assert "Rusty nails" not in shown
    assert campaign.fund is not None
    assert totals.standing(campaign.fund.pk).secured_minor == 0
    assert Email.objects.filter(to=cast.mia.email, subject__startswith="Accepted").count() == 1
    mia.post(f"{page}{hall.pk}/", {"deed": "withdraw"})
    assert "A hall" not in said(mia.get(campaign.get_absolute_url()))


def test_terms_are_frozen_at_the_launch_and_have_to_make_sense(cast: Cast, campaign: Campaign) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refusal:
        launching.save_line(campaign.other_money)
    assert refusal.value.code == "campaign_launched"
    with pytest.raises(ValidationError) as wrong:
        launching.save_line(OtherMoney(campaign=campaign, longest_days=61, invoice_minimum_minor=-1))
    assert set(wrong.value.error_dict) == {"longest_days", "invoice_minimum_minor"}
