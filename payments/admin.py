"""Money in the admin: to be read; refunds and alarms wait for a person's word."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from members.administering import MONEY, ReadOnlyAdmin, Verb
from members.clock import database_now
from members.models import Member, Membership
from payments import alarming, making_good, refunding
from payments.administering import LinesToRead, WithAmounts
from payments.models import (
    Alarm,
    Assignment,
    Attempt,
    BankDetails,
    BankReceipt,
    Dispute,
    Entry,
    Payment,
    Posting,
    Receiver,
    Refund,
    WebhookEvent,
)
from payments.money import Money

NOTHING = "–"
TREASURER = (Membership.Role.OWNER, Membership.Role.TREASURER)


def _what_returning_does(payment: Payment) -> str:
    return _text(
        "%(amount)s go back to the card of %(payer)s: all that is left of the payment for “%(what)s”. Amounts above "
        "%(limit)s wait for a second person. Once it is sent this cannot be undone."
    ) % {
        "amount": payment.returnable,
        "payer": payment.payer,
        "what": payment.description,
        "limit": Money(settings.REFUND_APPROVAL_MINOR, payment.currency),
    }


def _what_approving_does(refund: Refund) -> str:
    return _text("%(amount)s go back to the card of %(payer)s. This cannot be undone.") % {
        "amount": refund.amount,
        "payer": refund.payment.payer,
    }


def _approve(refund: Refund, by: Member, why: str) -> None:
    refunding.approve_refund(refund, by=by, now=database_now())


def _decline(refund: Refund, by: Member, why: str) -> None:
    refunding.decline_refund(refund, by=by, now=database_now(), why=why)


def _what_sending_again_does(refund: Refund) -> str:
    return _text(
        "%(amount)s go to the card of %(payer)s once more. Last time they came back (%(failure)s): if the card is closed "
        "they come back again."
    ) % {
        "amount": refund.amount,
        "payer": refund.payment.payer,
        "failure": refund.failure or _text("no reason given"),
    }


def _what_by_hand_means(refund: Refund) -> str:
    return _text(
        "Say by which reference %(payer)s finds the %(amount)s that you returned without the card. They read it, and "
        "nothing is sent to their card any more. This cannot be undone."
    ) % {"amount": refund.amount, "payer": refund.payment.payer}


def _send_again(refund: Refund, by: Member, why: str) -> None:
    making_good.send_again(refund, by=by, now=database_now())


def _by_hand(refund: Refund, by: Member, why: str) -> None:
    making_good.settle_by_hand(refund, how=why, by=by, now=database_now())


def _return(payment: Payment, by: Member, why: str) -> None:
    refunding.return_rest(payment, by=by, now=database_now(), why=why)


def _explain(alarm: Alarm, by: Member, why: str) -> None:
    alarming.close_alarm(alarm, explanation=why, by=by, now=database_now())


@admin.register(Receiver)
class ReceiverAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "stripe_account", "currencies", "statement_name", "livemode")


class _MoneyAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "credit_account__receiver__organisation"


class AttemptInline(LinesToRead):
    model = Attempt


@admin.register(Payment)
class PaymentAdmin(_MoneyAdmin):
    list_display = ("created_at", "payer", "description", "state", "to_charge", "arrived", "gone_back")
    list_filter = ("state",)
    list_select_related = ("payer",)
    search_fields = ("payer__email", "payer__display_name", "description", "=intent_id", "=id", "=purpose_id")
    fields = (
        *("created_at", "payer", "description", "state", "amount_minor"),
        *("received_minor", "refunding_minor", "disputed_minor", "succeeded_at"),
        *("intent_id", "charge_id", "credit_account", "stripe_account", "livemode"),
    )
    readonly_fields = ("intent_id", "charge_id")
    inlines = (AttemptInline,)
    verbs = {  # noqa: RUF012
        "return": Verb(
            _("Return this payment"),
            _what_returning_does,
            _return,
            roles=TREASURER,
            needs_reason=True,
            offered=lambda row: row.state == Payment.State.SUCCEEDED and row.returnable.minor > 0,
        ),
    }

    @admin.display(description=_("to be charged"))
    def to_charge(self, row: Payment) -> Any:
        return NOTHING if row.state in (Payment.State.SUCCEEDED, Payment.State.CANCELED) else row.amount

    @admin.display(description=_("arrived"))
    def arrived(self, row: Payment) -> Any:
        return Money(row.received_minor, row.currency) if row.received_minor else NOTHING

    @admin.display(description=_("gone back"))
    def gone_back(self, row: Payment) -> Any:
        gone = row.refunding_minor + row.disputed_minor
        return Money(gone, row.currency) if gone else NOTHING


class AssignmentInline(LinesToRead):
    model = Assignment
    fields = ("amount_minor", "credit_account", "state", "assigned_at", "returned_how")


@admin.register(BankReceipt)
class BankReceiptAdmin(WithAmounts, ReadOnlyAdmin):
    """To be read; treasurers work on their organisation's page of the purse."""

    organisation_path = "receiver__organisation"
    list_display = (
        "arrived_on",
        "payer_name",
        "way",
        "amount_minor",
        "assigned_minor",
        "returned_minor",
        "recorded_by",
    )
    list_filter = ("way",)
    list_select_related = ("recorded_by",)
    search_fields = ("payer_name", "remittance", "=bank_reference")
    fields = (
        *("arrived_on", "way", "amount_minor", "assigned_minor", "returned_minor", "returned_how"),
        *("payer_name", "remittance", "bank_reference", "recorded_by", "recorded_at"),
    )
    inlines = (AssignmentInline,)


@admin.register(BankDetails)
class BankDetailsAdmin(ReadOnlyAdmin):
    """Where transfers go; owners change it on their organisation's page of the purse."""

    organisation_path = "receiver__organisation"
    list_display = ("receiver", "holder", "iban_in_groups", "bic", "changed_at", "changed_by")
    fields = ("receiver", "holder", "iban", "bic", "changed_at", "changed_by")


class _OfPayment(_MoneyAdmin):
    organisation_path = "payment__credit_account__receiver__organisation"

    @admin.display(description=_("payer"), ordering="payment__payer")
    def payer(self, row: Any) -> Any:
        return row.payment.payer

    @admin.display(description=_("what for"), ordering="payment__description")
    def what_for(self, row: Any) -> str:
        return str(row.payment.description)


@admin.register(Refund)
class RefundAdmin(_OfPayment):
    list_display = (
        *("requested_at", "payer", "what_for", "amount_minor", "state", "failure"),
        *("purpose", "requested_by", "approved_by"),
    )
    list_filter = ("state",)
    list_select_related = ("payment__payer", "requested_by", "approved_by")
    verbs = {  # noqa: RUF012
        "approve": Verb(
            _("Approve"),
            _what_approving_does,
            _approve,
            roles=TREASURER,
            offered=lambda row: row.state == Refund.State.PROPOSED,
        ),
        "decline": Verb(
            _("Decline"),
            _("The money stays."),
            _decline,
            roles=TREASURER,
            needs_reason=True,
            offered=lambda row: row.state == Refund.State.PROPOSED,
        ),
        "again": Verb(
            _("Send again"),
            _what_sending_again_does,
            _send_again,
            roles=TREASURER,
            offered=lambda row: row.state == Refund.State.FAILED,
        ),
        "by-hand": Verb(
            _("Settled by hand"),
            _what_by_hand_means,
            _by_hand,
            roles=TREASURER,
            needs_reason=True,
            offered=lambda row: row.state == Refund.State.FAILED,
        ),
    }


@admin.register(Dispute)
class DisputeAdmin(_OfPayment):
    list_display = ("opened_at", "payer", "what_for", "amount_minor", "state", "reason")
    list_filter = ("state",)
    list_select_related = ("payment__payer",)


class PostingInline(LinesToRead):
    model = Posting


class _ForAdministrators(ReadOnlyAdmin):
    """Of the whole installation."""

    def get_queryset(self, request: Any) -> Any:
        rows: Any = admin.ModelAdmin.get_queryset(self, request)
        return rows if request.user.is_superuser else rows.none()

    def _holds(self, request: Any, row: Any, roles: Any) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(Entry)
class EntryAdmin(_ForAdministrators):
    """The books."""

    list_display = ("at", "happened", "external_id", "memo")
    fields = ("at", "happened", "external_id", "memo")
    search_fields = ("=external_id",)
    inlines = (PostingInline,)

    @admin.display(description=_("fact"), ordering="fact")
    def happened(self, row: Entry) -> str:
        """As docs/chart-of-accounts.md lists them, in words."""
        return capfirst(row.fact.replace("_", " "))


@admin.register(WebhookEvent)
class WebhookEventAdmin(_ForAdministrators):
    list_display = ("received_at", "kind", "object_id", "state", "tries", "error")
    list_filter = ("state", "kind")
    search_fields = ("=event_id", "=object_id")


@admin.register(Alarm)
class AlarmAdmin(_ForAdministrators):
    """What nobody can explain yet."""

    list_display = ("raised_at", "text", "seen_at", "closed_at", "closed_by")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    verbs = {  # noqa: RUF012
        "explain": Verb(
            _("Explain and close"),
            _("Say what it was. The alarm comes back if it is found again."),
            _explain,
            roles=MONEY,
            needs_reason=True,
            offered=lambda row: row.closed_at is None,
        ),
    }
