"""Test cards, as Stripe documents them, and a few of our own for what Stripe has no card for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestCard:
    """How a card number behaves. `declines_saving` and `declines_charge` are decline codes."""

    number: str
    label: str
    token: str
    brand: str = "visa"
    declines_saving: str = ""
    declines_charge: str = ""
    advice: str = ""
    first_charge_only: bool = False
    # The bank asks the cardholder: "setup" when the card is saved, "always" at each charge too, or never.
    asks: str = ""
    dispute: str = ""
    refund: str = ""


CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242", "succeeds", "pm_card_visa"),
        TestCard("5555555555554444", "succeeds (Mastercard)", "pm_card_mastercard", brand="mastercard"),
        TestCard(
            "4000000000000002",
            "declined when saved",
            "pm_card_chargeDeclined",
            declines_saving="generic_decline",
        ),
        TestCard(
            "4000000000000341",
            "saved, declined when charged",
            "pm_card_chargeCustomerFail",
            declines_charge="generic_decline",
        ),
        TestCard(
            "4000000000009995",
            "insufficient funds when saved",
            "pm_card_chargeDeclinedInsufficientFunds",
            declines_saving="insufficient_funds",
        ),
        TestCard(
            "4000000000000069",
            "expired when saved",
            "pm_card_chargeDeclinedExpiredCard",
            declines_saving="expired_card",
        ),
        TestCard("4000002500003155", "3-D Secure when saved", "pm_card_authenticationRequiredOnSetup", asks="setup"),
        TestCard("4000002760003184", "3-D Secure at every charge", "pm_card_authenticationRequired", asks="always"),
        TestCard("4000003800000446", "3-D Secure done already", "pm_card_authenticationRequiredSetupForOffSession"),
        TestCard("4000000000000259", "disputed later", "pm_card_createDispute", dispute="fraudulent"),
        TestCard("4000000000001976", "bank asks later", "pm_card_createDisputeInquiry", dispute="inquiry"),
        TestCard("4000000000007726", "refund takes a while", "pm_card_pendingRefund", refund="pending"),
        TestCard("4000000000005126", "refund fails later", "pm_card_refundFail", refund="fail"),
        TestCard(
            "4000000000009987",
            "saved, insufficient funds when charged",
            "pm_card_local_insufficient",
            declines_charge="insufficient_funds",
            advice="try_again_later",
        ),
        TestCard(
            "4000000000009979",
            "saved, bank forbids another try",
            "pm_card_local_do_not_try_again",
            declines_charge="stolen_card",
            advice="do_not_try_again",
        ),
        TestCard(
            "4000000000000036",
            "saved, declined the first time only",
            "pm_card_local_declines_once",
            declines_charge="insufficient_funds",
            advice="try_again_later",
            first_charge_only=True,
        ),
    )
}
BY_TOKEN = {card.token: card for card in CARDS.values()}

MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "stolen_card": "Your card was declined.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def luhn_holds(number: str) -> bool:
    """The check digit of a card number (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in reversed(number)]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0
