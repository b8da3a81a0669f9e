"""Settling a fund: every cent of it gets a name, and the books must agree that nothing is left."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from funding import locks
from funding.models import Commitment, Fund
from members.models import Member
from members.moves import move_or_refuse
from payments.booking import Kind, balance, book, sibling
from payments.models import Entry, Payment, Posting, Refund
from payments.money import Money
from payments.writing import written


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the fund and whose it is: an account kind (`payable`, `organiser`), what it is about, its name."""

    kind: str
    subject_id: UUID
    name: str
    amount_minor: int


def fees(fund: Fund) -> Money:
    """What the processor kept of the fund's payments, as booked so far."""
    return balance(sibling(fund.account, Kind.FUND_FEES, subject_id=fund.pk))


def left(fund: Fund) -> Money:
    """What the fund still holds after the processor's fees: the sum that the shares must make."""
    return -balance(fund.account) - fees(fund)


def stirred(*, since: datetime.datetime | None = None) -> QuerySet[Fund]:
    """Funds that had ended at zero and were booked on again: a dispute, or a payment returned by hand.

    The sums tell it, not the times: what is booked while a fund ends may bear an earlier time than its end. `since`
    only narrows where to look, to funds on which anything was booked since then: else all that ever ended are summed.
    """
    ended = Fund.objects.filter(state__in=(Fund.State.SETTLED, Fund.State.REFUNDED))
    if since is not None:
        # The account of a fund and that of its fees are both about the fund. Read first and apart: in one statement
        # PostgreSQL may sum every fund before it looks which are meant.
        booked = Posting.objects.filter(entry__at__gte=since).values_list("account__subject_id", flat=True)
        ended = ended.filter(pk__in=list(booked.distinct()))
    own = Posting.objects.filter(account=OuterRef("account"))
    # Named by the whole key of accounts, so that each is found by its index however many funds have ended.
    fees = Posting.objects.filter(
        account__receiver=OuterRef("receiver"),
        account__kind=Kind.FUND_FEES,
        account__subject_id=OuterRef("pk"),
        account__currency=OuterRef("currency"),
    )
    return ended.annotate(own_minor=_sum(own), fees_minor=_sum(fees)).exclude(own_minor=0, fees_minor=0)


def _sum(postings: QuerySet[Posting]) -> Coalesce:
    total = postings.order_by().values("account").annotate(total=Sum("amount_minor")).values("total")
    return Coalesce(Subquery(total), 0, output_field=BigIntegerField())


def absorb(fund_id: UUID, *, now: datetime.datetime) -> bool:
    """What is booked on a fund after its end is its bearer's, by name, so that it stands at zero again."""
    with transaction.atomic():
        locks.hold_alone(fund_id)
        fund = Fund.objects.select_related("account__receiver", "fee_bearer").get(pk=fund_id)
        return bear(fund, now=now)


def bear(fund: Fund, *, now: datetime.datetime) -> bool:
    """Book what stands on the fund and its fees onto its bearer, for whoever holds its lock alone; True when it did."""
    fee_account = sibling(fund.account, Kind.FUND_FEES, subject_id=fund.pk)
    own, lost = balance(fund.account).minor, balance(fee_account).minor
    if not own and not lost:
        return False
    bearer = sibling(fund.account, Kind.ORGANISER, subject_id=fund.fee_bearer_id, name=fund.fee_bearer.name[:120])
    legs = [(fund.account, -own), (fee_account, -lost), (bearer, own + lost)]
    earlier = Entry.objects.filter(fact="fund_loss_borne", external_id__startswith=f"{fund.pk}:").count()
    return book("fund_loss_borne", f"{fund.pk}:{earlier + 1}", [leg for leg in legs if leg[1]], now=now)


def settle(fund_id: UUID, *, shares: Sequence[Share], by: Member | None, now: datetime.datetime) -> Fund:
    """Book the fund onto its shares and the processor's fees, and move it from met to settled.

    Raises ValidationError: `fund_not_met`, `commitments_open`, `refund_waits`, `fees_not_known` (Stripe has not said
    what it kept of some payment), `fund_not_zero` (the shares do not make exactly what is left).
    """
    with transaction.atomic():
        locks.hold_alone(fund_id)
        fund = Fund.objects.select_related("account__receiver").get(pk=fund_id)
        if fund.state != Fund.State.MET:
            raise ValidationError(_("Only what was reached can be accounted for."), code="fund_not_met")
        if fund.commitments.filter(state__in=Commitment.UNDECIDED).exists():
            raise ValidationError(_("Some payments are still open."), code="commitments_open")
        if Refund.objects.filter(payment__credit_account=fund.account, state=Refund.State.PROPOSED).exists():
            raise ValidationError(_("A refund still waits for a second person."), code="refund_waits")
        if Payment.objects.filter(
            credit_account=fund.account, state=Payment.State.SUCCEEDED, balance_transactions=None
        ).exists():
            raise ValidationError(_("Stripe has not yet said what it kept of some payments."), code="fees_not_known")
        rest = left(fund)
        difference = rest.minor - sum(share.amount_minor for share in shares)
        if difference:
            raise ValidationError(
                _("The parts do not make the whole: %(difference)s have no name."),
                code="fund_not_zero",
                params={"difference": written(Money(difference, fund.currency))},
            )
        fee_account = sibling(fund.account, Kind.FUND_FEES, subject_id=fund.pk)
        legs = [(fund.account, -balance(fund.account).minor), (fee_account, -balance(fee_account).minor)]
        legs += [
            (
                sibling(fund.account, share.kind, subject_id=share.subject_id, name=share.name),
                -share.amount_minor,
            )
            for share in shares
        ]
        book("fund_settled", fund.pk, legs, now=now, memo=fund.title)
        if balance(fund.account) or balance(fee_account):
            raise RuntimeError("A settled fund stands at zero.")
        move_or_refuse(fund, Fund.State.SETTLED, by=by, now=now, settled_at=now)
    return fund
