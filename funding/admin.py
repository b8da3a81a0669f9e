"""Funds and commitments in the admin: to follow how the money is collected."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from funding import totals
from funding.models import Commitment, Fund
from funding.progress import Progress
from members.administering import ReadOnlyAdmin
from payments.administering import WithAmounts
from payments.money import Money

State = Commitment.State
NOTHING = "–"


class WithPromise:
    """Columns that tell apart what is promised, what is still to be charged, what has arrived and what went back.

    For an admin of commitments, or of what has one.
    """

    @admin.display(description=_("promised at most"))
    def most(self, row: Any) -> Any:
        return _promise(row).maximum

    @admin.display(description=_("to be charged"))
    def to_charge(self, row: Any) -> Any:
        promise = _promise(row)
        if promise.state not in Commitment.UNDECIDED or promise.amount_minor is None:
            return NOTHING
        return Money(promise.amount_minor, promise.currency)

    @admin.display(description=_("arrived"))
    def arrived(self, row: Any) -> Any:
        return _promise(row).charged or NOTHING

    @admin.display(description=_("gone back"))
    def gone_back(self, row: Any) -> Any:
        payment = _promise(row).payment
        gone = payment.refunding_minor + payment.disputed_minor if payment else 0
        return Money(gone, payment.currency) if payment and gone else NOTHING

    @admin.display(description=_("state"), ordering="commitment__state")
    def state(self, row: Any) -> str:
        return str(_promise(row).state_text)


def _promise(row: Any) -> Commitment:
    return row if isinstance(row, Commitment) else row.commitment


@admin.register(Fund)
class FundAdmin(WithAmounts, ReadOnlyAdmin):
    organisation_path = "receiver__organisation"
    list_display = ("title", "state", "promised", "arrived", "minimum_minor", "deadline_at", "window_ends_at")
    list_filter = ("state",)
    search_fields = ("title",)
    readonly_fields = ("promised", "arrived")

    def _progress(self, row: Fund) -> Progress:
        return Progress(row, totals.standing(row.pk))

    @admin.display(description=_("promised"))
    def promised(self, row: Fund) -> Any:
        return row.money(self._progress(row).standing.secured_minor)

    @admin.display(description=_("arrived"))
    def arrived(self, row: Fund) -> Any:
        return row.money(self._progress(row).standing.collected_minor)


@admin.register(Commitment)
class CommitmentAdmin(WithPromise, ReadOnlyAdmin):
    organisation_path = "fund__receiver__organisation"
    list_display = ("created_at", "fund", "member", "state", "most", "to_charge", "arrived", "gone_back")
    list_filter = ("state",)
    list_select_related = ("fund", "member", "payment")
    search_fields = ("fund__title", "member__email", "=id")
    fields = (
        *("created_at", "fund", "member", "organisation", "backing", "state"),
        *("most", "to_charge", "arrived", "gone_back", "payment", "card", "reference"),
        *("secured_at", "tries", "next_try_at", "reminders", "reminded_at"),
    )

    @admin.display(description=_("state"), ordering="state")
    def state(self, row: Commitment) -> str:
        return row.state_text
