"""Who withdraws from a contract, in the admin: answered by accepting or refusing."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from campaigns import withdrawing
from campaigns.models import Withdrawal
from members.administering import MONEY, ReadOnlyAdmin, Verb
from members.clock import database_now
from members.models import Member
from payments.administering import WithAmounts
from payments.writing import written


def _accept(row: Withdrawal, by: Member, why: str) -> None:
    withdrawing.accept(row, by=by, now=database_now())


def _refuse(row: Withdrawal, by: Member, why: str) -> None:
    withdrawing.refuse(row, by=by, now=database_now(), why=why)


def _what_accepting_does(row: Withdrawal) -> str:
    return _text(
        "%(amount)s goes back to the card of %(member)s. Above the limit a second person approves it first."
    ) % {
        "amount": written(row.amount),
        "member": row.pledge.member,
    }


@admin.register(Withdrawal)
class WithdrawalAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "pledge__campaign__facility__organisation"
    list_display = ("declared_at", "pledge", "amount_minor", "state")
    list_filter = ("state",)
    list_select_related = ("pledge__campaign", "pledge__member", "pledge__commitment")
    fields = ("pledge", "declared_at", "said", "amount_minor", "state")
    verbs = {  # noqa: RUF012
        "accept": Verb(
            _("Accept, and return the money"),
            _what_accepting_does,
            _accept,
            roles=MONEY,
            offered=lambda row: row.state != Withdrawal.State.RETURNED,
        ),
        "refuse": Verb(
            _("Refuse"),
            _("Only where there is no such right, or its time is over. Its supporter reads your reason."),
            _refuse,
            roles=MONEY,
            needs_reason=True,
            offered=lambda row: row.state == Withdrawal.State.DECLARED,
        ),
    }
