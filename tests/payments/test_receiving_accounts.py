"""Where money may go, and how much of it a card can be charged."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from campaigns import launching
from csm.local_stripe.process import LocalStripe
from funding.models import Commitment, Fund
from members.models import Organisation
from payments import card_limits, connecting, stripe_gateway
from payments.models import CardSetup, Receiver
from payments.money import Money
from payments.stripe_gateway import AccountRef
from tests.campaigns.test_terms import drafted
from tests.cast import Cast


@pytest.mark.parametrize(
    ("currency", "least"),
    [("EUR", 50), ("USD", 50), ("CHF", 50), ("JPY", 50), ("GBP", 30), ("DKK", 250), ("SEK", 300), ("HUF", 17500)],
)
def test_a_card_is_charged_from_stripes_smallest_amount(currency: str, least: int) -> None:
    card_limits.check(Money(least, currency))
    for minor, code in ((least - 1, "amount_too_small"), (0, "amount_not_positive"), (-1, "amount_not_positive")):
        with pytest.raises(ValidationError) as refused:
            card_limits.check(Money(minor, currency))
        assert refused.value.code == code


@pytest.mark.parametrize("currency", ["EUR", "JPY"])
def test_a_card_is_charged_up_to_eight_digits(currency: str) -> None:
    card_limits.check(Money(99_999_999, currency))
    with pytest.raises(ValidationError) as refused:
        card_limits.check(Money(100_000_000, currency))
    assert refused.value.code == "amount_too_large"


@pytest.mark.django_db
@pytest.mark.parametrize(("amount", "code"), [("0.49", "amount_too_small"), ("1000000.00", "amount_too_large")])
def test_nobody_promises_what_no_card_can_pay(cast: Cast, amount: str, code: str) -> None:
    fund = cast.fund("50.00")
    with pytest.raises(ValidationError) as refused:
        cast.draft(fund, cast.mia, amount)
    assert refused.value.code == code
    assert not Commitment.objects.exists()
    assert not CardSetup.objects.exists()


@pytest.mark.django_db
def test_a_test_account_receives_nothing_in_a_live_installation(cast: Cast, settings: Any) -> None:
    campaign = drafted(cast)
    assert connecting.receiver_of(cast.werkhof) == cast.receiver
    cast.approve(campaign)
    settings.STRIPE_LIVEMODE = True
    assert connecting.receiver_of(cast.werkhof) is None
    with pytest.raises(ValidationError) as refused:
        launching.launch(campaign, by=cast.petra, now=cast.now)
    assert refused.value.code == "receiver_missing"
    assert not Fund.objects.exists()
    # Connected once more, now for real: each mode has its own.
    live = connecting.connect(
        organisation=cast.werkhof, stripe_account="acct_live", currencies=["EUR"], statement_name="W", now=cast.now
    )
    assert connecting.receiver_of(cast.werkhof) == live
    launching.launch(campaign, by=cast.petra, now=cast.now)
    assert Fund.objects.get().receiver == live
    settings.STRIPE_LIVEMODE = False
    assert connecting.receiver_of(cast.werkhof) == cast.receiver


@pytest.mark.django_db(transaction=True)
def test_a_row_of_the_other_mode_is_never_sent_to_stripe(cast: Cast, local_stripe: LocalStripe) -> None:
    before = len(local_stripe.control("GET", "requests"))
    with pytest.raises(RuntimeError, match="test mode"):
        stripe_gateway.retrieve_balance(AccountRef(cast.receiver.stripe_account, True))
    assert len(local_stripe.control("GET", "requests")) == before


@pytest.mark.django_db
def test_one_account_takes_no_second_organisations_money(cast: Cast) -> None:
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    words: dict[str, Any] = {"currencies": ["EUR"], "statement_name": "W", "now": cast.now}
    with pytest.raises(ValidationError) as taken:
        connecting.connect(organisation=other, stripe_account=cast.receiver.stripe_account, **words)
    with pytest.raises(ValidationError) as again:
        connecting.connect(organisation=cast.werkhof, stripe_account="acct_other", **words)
    with pytest.raises(ValidationError) as odd:
        connecting.connect(organisation=other, stripe_account="acct_other", **{**words, "currencies": ["EUR", "KWD"]})
    codes = [refused.value.code for refused in (taken, again, odd)]
    assert codes == ["account_taken", "already_connected", "currency_not_supported"]
    assert Receiver.objects.get() == cast.receiver


@pytest.mark.django_db
def test_a_fund_is_in_a_currency_that_its_account_settles_in(cast: Cast) -> None:
    Receiver.objects.update(currencies=["CHF"])
    cast.receiver.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        cast.fund("50.00")
    assert refused.value.code == "currency_not_settled"
