"""Supporting a campaign in writing: which ways it takes, and the words that bind."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.models import Campaign, OtherMoney
from funding.models import Fund
from funding.promising import Way, Words, check_words
from payments.bank_details import details_of
from payments.money import Money
from payments.writing import written

TEXT_VERSION = "2026-11"


def terms_of(campaign: Campaign) -> OtherMoney | None:
    """What else than cards the campaign takes; None for nothing."""
    return OtherMoney.objects.filter(campaign=campaign).first()


def ways_of(campaign: Campaign, terms: OtherMoney | None) -> list[Way]:
    """The ways without a card in which this campaign can be supported: its producer takes them, and transfers have
    somewhere to go."""
    if terms is None or campaign.fund is None or campaign.fund.state != Fund.State.OPEN:
        return []
    to_bank = details_of(campaign.fund.receiver) is not None
    taken = {
        Way.TRANSFER: terms.takes_transfers and to_bank,
        Way.INVOICE: terms.takes_invoices and to_bank,
        Way.CASH: terms.takes_cash,
        Way.CHEQUE: terms.takes_cheques,
    }
    return [way for way, yes in taken.items() if yes]


def check(campaign: Campaign, words: Words, amount: Money) -> None:
    """Whether the campaign takes it so. Raises ValidationError by field: `way_not_taken`, `invoice_too_small`,
    `days_too_many`, and what `funding.promising.check_words` raises."""
    check_words(words)
    terms = terms_of(campaign)
    if terms is None or words.way not in ways_of(campaign, terms):
        raise ValidationError({"way": ValidationError(_("This campaign does not take that."), code="way_not_taken")})
    if words.pay_within_days > terms.longest_days:
        raise ValidationError(
            {
                "pay_within_days": ValidationError(
                    _("This campaign waits for %(days)d days at most."),
                    code="days_too_many",
                    params={"days": terms.longest_days},
                )
            }
        )
    if words.way == Way.INVOICE and amount.minor < terms.invoice_minimum_minor:
        least = Money(terms.invoice_minimum_minor, campaign.currency)
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("An invoice is sent from %(least)s on. Smaller amounts are welcome by card."),
                    code="invoice_too_small",
                    params={"least": written(least)},
                )
            }
        )


def text(campaign: Campaign, fund: Fund, amount: Money, words: Words) -> str:
    """What somebody promises in writing, in the words they read before they do."""
    said = {
        "title": campaign.title,
        "amount": written(amount),
        "organisation": campaign.facility.organisation.name,
        "minimum": written(fund.money(fund.minimum_minor)),
        "payer": words.payer_name,
        "way": Way(words.way).label,
        "days": words.pay_within_days,
    }
    return (
        _(
            "%(payer)s supports “%(title)s” with %(amount)s (%(way)s). If at least the minimum of %(minimum)s is "
            "promised by the deadline, %(organisation)s asks for it, and it is to arrive within %(days)d days. If less "
            "than the minimum arrives from everybody, all of it comes back. Until the deadline this can be changed or "
            "withdrawn. It counts once %(organisation)s has confirmed it. I may promise this for %(payer)s."
        )
        % said
    )


def check_terms(terms: OtherMoney) -> None:
    """Whether these terms make sense. Raises ValidationError by field: `amount_negative`, `days_wrong`."""
    wrong = {}
    if terms.invoice_minimum_minor is not None and terms.invoice_minimum_minor < 0:
        wrong["invoice_minimum_minor"] = ValidationError(_("It cannot be negative."), code="amount_negative")
    if terms.longest_days is not None and not 1 <= terms.longest_days <= 60:
        wrong["longest_days"] = ValidationError(_("From one day to 60."), code="days_wrong")
    if wrong:
        raise ValidationError(wrong)
