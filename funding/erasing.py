"""What funds do when a member is erased, and when papers have been kept long enough."""

from __future__ import annotations

import calendar
import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from funding.models import Commitment, Consent, Fund, WrittenPromise
from members.models import Member
from payments.models import Assignment, BankReceipt, CardSetup, Receiver, Refund

_ENDED = (Fund.State.SETTLED, Fund.State.REFUNDED, Fund.State.MISSED, Fund.State.CANCELLED)


def reasons_against(member: Member) -> list[ValidationError]:
    """Promises that stand, or were paid for what is not accounted for yet (`promise_open`), each by its name."""
    standing = Commitment.objects.filter(member=member).filter(
        Q(state__in=("draft", "secured", *Commitment.UNDECIDED)) | Q(state="paid") & ~Q(fund__state__in=_ENDED)
    )
    return [
        ValidationError(
            _("“%(title)s” is not over yet: %(state)s."),
            code="promise_open",
            params={"title": row.called, "state": row.get_state_display()},
        )
        for row in standing.select_related("fund").order_by("pk")
    ]


def forget_unpaid(member: Member) -> None:
    """Where no money moved, nobody can ask for a proof: the network address goes at once, and who was to pay."""
    theirs = Commitment.objects.filter(member=member)
    paid = theirs.filter(Q(payment__received_minor__gt=0) | Q(transferred_minor__gt=0)).values("pk")
    Consent.objects.filter(commitment__in=theirs).exclude(commitment__in=paid).update(given_from=None)
    # A number that an invoice was given stays a paper without money.
    unpaid = WrittenPromise.objects.filter(commitment__in=theirs, commitment__invoice=None)
    _forget_payers(unpaid.exclude(commitment__in=paid))
    CardSetup.objects.filter(customer__member=member).exclude(purpose_id__in=paid).update(accepted_from=None)


def forget_outlived(*, now: datetime.datetime) -> None:
    """Erase what is personal in the papers of payments that are older than the paid organisation keeps them.

    The network address from which one agreed is proof of it; what a payer wrote to the bank may name anybody; a
    promise in writing names its payer.
    """
    for receiver in Receiver.objects.filter(livemode=settings.STRIPE_LIVEMODE).select_related("organisation"):
        months = receiver.organisation.retention_months
        if months is None:
            continue
        before = months_before(now, months)
        Consent.objects.filter(
            commitment__fund__receiver=receiver, given_at__lt=before, given_from__isnull=False
        ).update(given_from=None)
        CardSetup.objects.filter(
            stripe_account=receiver.stripe_account,
            livemode=receiver.livemode,
            accepted_at__lt=before,
            accepted_from__isnull=False,
        ).update(accepted_from=None)
        refunds = Refund.objects.filter(payment__credit_account__receiver=receiver, settled_at__lt=before)
        refunds.exclude(by_hand_how="").update(by_hand_how="")
        receipts = BankReceipt.objects.filter(receiver=receiver, arrived_on__lt=before.date())
        receipts.exclude(remittance="", payer_name="", returned_how="").update(
            remittance="", payer_name="", returned_how=""
        )
        returned = Assignment.objects.filter(receipt__receiver=receiver, returned_at__lt=before)
        returned.exclude(returned_how="").update(returned_how="")
        promises = Commitment.objects.filter(fund__receiver=receiver, created_at__lt=before, fund__state__in=_ENDED)
        _forget_payers(WrittenPromise.objects.filter(commitment__in=promises))


def _forget_payers(promises: QuerySet[WrittenPromise]) -> None:
    """Who pays, where they live, and their order's number."""
    known = promises.exclude(payer_name="", payer_address="", purchase_order="")
    known.update(payer_name="", payer_address="", purchase_order="")


def months_before(moment: datetime.datetime, months: int) -> datetime.datetime:
    """The same day so many months earlier, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
