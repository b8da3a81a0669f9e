"""Funds and commitments in the admin: to follow how the money is collected."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from funding import totals
from funding.models import Commitment, Fund
from funding.progress import Progress
from members.administering import ReadOnlyAdmin
from payments.administering import WithAmounts
from payments.money import Money

State = Commitment.State
NOTHING = "–"


def what_closing_does(fund: Fund) -> str:
    """The first decision as it would fall now, in words."""
    stands = _counted(fund)
    words = {
        "count": stands["promises"],
        "promised": fund.money(stands["promised"] or 0),
        "minimum": fund.money(fund.minimum_minor),
    }
    said = ngettext(
        "%(count)d promise of %(promised)s in all stands against a minimum of %(minimum)s.",
        "%(count)d promises of %(promised)s in all stand against a minimum of %(minimum)s.",
        stands["promises"],
    )
    if (stands["promised"] or 0) >= fund.minimum_minor:
        then = _text("That is enough: their cards are charged, and everybody gets a mail. This cannot be undone.")
    else:
        then = _text("That is too little: nobody is charged, and everybody gets a mail. This cannot be undone.")
    return f"{said % words} {then}"


def what_cancelling_does(fund: Fund) -> str:
    """Who is released, what goes back, and that everybody hears of it."""
    stands = _counted(fund)
    said = [
        ngettext(
            "%(count)d promise of at most %(amount)s is released and never charged.",
            "%(count)d promises of at most %(amount)s in all are released and never charged.",
            stands["promises"],
        )
        % {"count": stands["promises"], "amount": fund.money(stands["promised"] or 0)}
        if stands["promises"]
        else "",
        ngettext(
            "%(count)d payment of %(amount)s goes back in full.",
            "%(count)d payments of %(amount)s in all go back in full.",
            stands["payments"],
        )
        % {"count": stands["payments"], "amount": fund.money(stands["arrived"] or 0)}
        if stands["payments"]
        else "",
        ngettext(
            "%(count)d charge that is on its way is followed to its end and then returned.",
            "%(count)d charges that are on their way are followed to their end and then returned.",
            stands["under_way"],
        )
        % {"count": stands["under_way"]}
        if stands["under_way"]
        else "",
        _text("What the card processor keeps is borne by %(bearer)s.") % {"bearer": fund.fee_bearer}
        if stands["payments"]
        else "",
        _text("Everybody concerned gets a mail with the reason. This cannot be undone."),
    ]
    return " ".join(part for part in said if part)


def _counted(fund: Fund) -> dict[str, int]:
    secured, paid = Q(state=State.SECURED), Q(state=State.PAID)
    return fund.commitments.aggregate(
        promises=Count("pk", filter=secured),
        promised=Sum("maximum_minor", filter=secured),
        payments=Count("pk", filter=paid),
        arrived=Sum(
            F("payment__received_minor") - F("payment__refunding_minor") - F("payment__disputed_minor"), filter=paid
        ),
        under_way=Count("pk", filter=Q(state__in=Commitment.UNDECIDED)),
    )


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
        payment = _promise(row).payment
        return Money(payment.received_minor, payment.currency) if payment and payment.received_minor else NOTHING

    @admin.display(description=_("gone back"))
    def gone_back(self, row: Any) -> Any:
        payment = _promise(row).payment
        gone = payment.refunding_minor + payment.disputed_minor if payment else 0
        return Money(gone, payment.currency) if payment and gone else NOTHING

    @admin.display(description=_("state"), ordering="commitment__state")
    def state(self, row: Any) -> str:
        return str(_promise(row).get_state_display())


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
    list_display = ("created_at", "fund", "member", "most", "to_charge", "arrived", "gone_back", "state", "next_try_at")
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
        return str(row.get_state_display())
