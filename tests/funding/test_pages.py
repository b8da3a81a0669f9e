"""The pages about one promise, and the public account of a fund."""

from __future__ import annotations

import pytest
import requests
from django.test import Client
from django.utils.html import escape

from csm.local_stripe.process import LocalStripe
from funding import closing, statement
from funding.closing import Fixed
from funding.models import Commitment, Fund
from payments.models import Payment
from tests import cast as cards
from tests.cast import Cast, euro


def visitor(commitment: Commitment) -> Client:
    client = Client()
    client.force_login(commitment.member)
    return client


def read(commitment: Commitment, page: str = "") -> str:
    answer = visitor(commitment).get(f"/support/{commitment.pk}/{page}")
    assert answer.status_code == 200
    return answer.content.decode()


def fixed_below_its_maximum(cast: Cast, number: str, stripe: LocalStripe) -> Commitment:
    """60.00 was promised at most, 41.50 is fixed at the close; its first try is over."""
    fund = cast.fund("40.00")
    promise = cast.secured(fund, "60.00", number=number, stripe=stripe)
    assert "€60.00" in read(promise)
    closing.close_due(fund.pk, now=fund.deadline_at)
    amounts = {promise.pk: Fixed(41_50, 41_50)}
    closing.fix(fund.pk, required=euro("40.00"), amounts=amounts, now=fund.deadline_at)
    cast.collect_all(fund.deadline_at)
    promise.refresh_from_db()
    return promise


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("number", "page"), [(cards.ASKS_ALWAYS, "confirm/"), (cards.DECLINED_LATER, "card/")])
def test_after_the_close_every_page_says_the_fixed_charge(
    cast: Cast, local_stripe: LocalStripe, number: str, page: str
) -> None:
    promise = fixed_below_its_maximum(cast, number, local_stripe)
    for path in ("", page):
        text = read(promise, path)
        assert "€41.50" in text
        assert "€60.00" not in text


@pytest.mark.django_db(transaction=True)
def test_who_replaced_a_card_reads_which_one_counts(cast: Cast, local_stripe: LocalStripe) -> None:
    promise = fixed_below_its_maximum(cast, cards.DECLINED_LATER, local_stripe)
    client = visitor(promise)
    # Who may charge it is the organisation by its name, as in what was agreed to first.
    assert f"{promise.fund.receiver.organisation.name} may charge the card" in read(promise, "card/")
    page = client.post(f"/support/{promise.pk}/card/").headers["Location"]
    back = f"/support/{promise.pk}/card/back/"
    # Whoever comes back without having saved one reads nothing of the kind.
    assert "from now on" not in client.get(back, follow=True).content.decode()
    given = {"number": cards.OK, "expiry": "12/34", "cvc": "123"}
    requests.post(page, given, allow_redirects=False, timeout=10).raise_for_status()
    text = client.get(back, follow=True).content.decode()
    assert "Visa •••• 4242 counts for" in text
    assert "and is tried at once" in text


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_after_the_drop_is_explained(cast: Cast, local_stripe: LocalStripe) -> None:
    promise = fixed_below_its_maximum(cast, cards.ASKS_ALWAYS, local_stripe)
    cast.run_out(promise.fund)
    promise.refresh_from_db()
    assert promise.state == Commitment.State.DROPPED
    answer = visitor(promise).get(f"/support/{promise.pk}/confirm/back/", follow=True)
    text = answer.content.decode()
    assert "Your confirmation came after the time for it was over." in text
    assert "Nothing was charged. The time to pay ended on" in text
    # Money is a fact: what arrives all the same is said to go back.
    Payment.objects.filter(pk=promise.payment_id).update(state="succeeded", received_minor=41_50)
    assert "€41.50 was charged all the same and goes back in full" in read(promise)


def account(fund: Fund) -> tuple[str, dict[str, str]]:
    """The page of the account, and how many promises stand under which word."""
    shown = statement.statement(fund.pk)
    words = {row.label: f"{row.number}: {row.amount.minor} / {row.charged.minor}" for row in shown.promises}
    return "ahead" if shown.is_ahead else "over" if shown.is_over else "under way", words


@pytest.mark.django_db(transaction=True)
def test_the_public_account_names_nobodys_bank_and_tells_promised_from_charged(
    cast: Cast, local_stripe: LocalStripe
) -> None:
    fund = cast.fund("100.00")
    for number in (cards.OK, cards.DECLINED_LATER, cards.ASKS_ALWAYS):
        cast.secured(fund, "60.00", number=number, stripe=local_stripe)
    assert account(fund) == ("ahead", {"promised": "3: 18000 / 0"})
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert account(fund) == ("under way", {"being collected": "2: 12000 / 0", "arrived": "1: 6000 / 6000"})
    cast.run_out(fund)
    words = {"arrived": "1: 6000 / 6000", "not collected in time": "2: 12000 / 0"}
    assert account(fund) == ("under way", words)
    assert not any(escape(word) in str(words) for word in ("declined", "bank"))
