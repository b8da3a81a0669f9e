"""Another card for a promise: whichever of its pages is filled in, the card counts."""

from __future__ import annotations

import datetime

import pytest
import requests
from django.test import Client

from csm.local_stripe.process import LocalStripe
from funding import committing
from funding.models import Commitment
from payments import card_saving
from payments.models import CardSetup
from tests import cast as cards
from tests.cast import Cast, euro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def declined(cast: Cast, local_stripe: LocalStripe) -> Commitment:
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    promise.refresh_from_db()
    assert promise.state == "declined"
    return promise


def ask(promise: Commitment) -> str:
    """The button on the page for another card; where it leads."""
    client = Client()
    client.force_login(promise.member)
    answer = client.post(f"/support/{promise.pk}/card/")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def fill_in(page: str) -> None:
    given = {"number": cards.OK, "expiry": "12/34", "cvc": "123"}
    assert requests.post(page, given, allow_redirects=False, timeout=10).status_code == 303


def test_who_opens_the_card_page_twice_may_fill_in_either(cast: Cast, declined: Commitment) -> None:
    first, second = ask(declined), ask(declined)
    assert first == second
    fill_in(first)
    committing.settle_draft(declined.pk, now=cast.now)
    cast.collect_all(declined.fund.deadline_at + datetime.timedelta(minutes=1))
    declined.refresh_from_db()
    assert declined.state == "paid"


def test_a_page_that_was_filled_in_counts_before_another_is_opened(cast: Cast, declined: Commitment) -> None:
    """Its visitor never came back from it, and asks again."""
    first = ask(declined)
    fill_in(first)
    assert ask(declined) != first
    declined.refresh_from_db()
    assert (declined.state, declined.card and declined.card.last4) == ("charging", cards.OK[-4:])


def test_a_page_is_offered_again_only_while_it_can_be_filled_in_under_the_same_words(
    cast: Cast, declined: Commitment
) -> None:
    ask(declined)
    setup = CardSetup.objects.latest("pk")
    assert card_saving.is_usable(setup, setup.mandate_text, now=cast.now)
    assert not card_saving.is_usable(setup, f"{setup.mandate_text} {euro('1.00')}", now=cast.now)
    assert not card_saving.is_usable(setup, setup.mandate_text, now=setup.expires_at - card_saving.TIME_TO_FILL_IN)
