"""The public account of a fund: what came, what it cost, where it went. The lines add up to zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from funding.models import Commitment, Fund
from payments.models import Account, Entry, Posting
from payments.money import Money

Kind = Account.Kind
State = Commitment.State

ENDINGS = ("fund_settled", "fund_fees_borne", "fund_loss_borne")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what came is positive, what went is negative."""

    label: str
    amount: Money
    count: int = 0


class Promises(NamedTuple):
    """How many promises stand or ended in one way, the most that was promised in them, and what was paid."""

    label: str
    number: int
    amount: Money
    charged: Money


@dataclass(frozen=True, slots=True)
class FundStatement:
    """`lines` of the money and, beside them, what became of the promises. `left` is zero once the fund is closed."""

    fund: Fund
    lines: list[Line]
    left: Money
    promises: list[Promises]

    @property
    def is_ahead(self) -> bool:
        """Whether nobody was charged yet, and somebody may be."""
        return self.fund.state in (Fund.State.OPEN, Fund.State.CLOSING)

    @property
    def is_over(self) -> bool:
        """Whether no line is still to come, but for what happens after the end."""
        return self.fund.state not in (
            Fund.State.OPEN,
            Fund.State.CLOSING,
            Fund.State.CALLING,
            Fund.State.COLLECTING,
            Fund.State.MET,
            Fund.State.REFUNDING,
        )


def statement(fund_id: UUID) -> FundStatement:
    """The account of one fund, read from the ledger; four queries whatever its size."""
    fund = Fund.objects.select_related("account", "receiver__organisation", "fee_bearer").get(pk=fund_id)
    lines = [line for line in (*_received(fund), *_went(fund)) if line.amount]
    left = fund.money(sum(line.amount.minor for line in lines))
    return FundStatement(fund=fund, lines=lines, left=left, promises=_promises(fund))


def _received(fund: Fund) -> list[Line]:
    """Facts booked on the fund's own account, one line a kind of fact."""
    labels = {
        "payment_succeeded": _("Arrived by card"),
        "receipt_assigned": _("Arrived by transfer, in cash or by cheque"),
        "receipt_owed_back": _("Returned to those who transferred"),
        "refund_reserved": _("Returned to those who paid"),
        "refund_released": _("Not returned after all"),
        "refund_sent_again": _("Came back from a bank, and was sent again"),
        "dispute_lost": _("Taken back by banks"),
    }
    sums = (
        Posting.objects.filter(account=fund.account)
        .exclude(entry__fact__in=ENDINGS)
        .values("entry__fact")
        .annotate(total=Sum("amount_minor"), facts=Count("entry", distinct=True))
        .order_by("entry__fact")
    )
    return [
        Line(
            str(labels.get(row["entry__fact"], row["entry__fact"].replace("_", " "))),
            fund.money(-int(row["total"])),
            row["facts"],
        )
        for row in sums
    ]


def _went(fund: Fund) -> list[Line]:
    """The processor's fees, and at the end whose everything is."""
    fees = -int(
        Posting.objects.filter(
            account__kind=Kind.FUND_FEES, account__subject_id=fund.pk, account__receiver=fund.receiver
        )
        .exclude(entry__fact__in=ENDINGS)
        .aggregate(total=Sum("amount_minor"))["total"]
        or 0
    )
    lines = [Line(_("Kept by the card processor"), fund.money(fees))]
    closing = Entry.objects.filter(fact__in=ENDINGS, external_id__startswith=str(fund.pk))
    shares = (
        Posting.objects.filter(entry__in=closing)
        .exclude(account__kind__in=(Kind.FUND, Kind.FUND_FEES))
        .values("account__name", "account__kind", "entry__fact")
        .annotate(total=Sum("amount_minor"))
        .order_by("account__name")
    )
    for row in shares:
        label = row["account__name"]
        if row["entry__fact"] == "fund_fees_borne":
            label = _("Fees borne by %(name)s") % {"name": label}
        elif row["entry__fact"] == "fund_loss_borne":
            label = _("Returned or lost after the end, borne by %(name)s") % {"name": label}
        elif row["account__kind"] == Kind.ORGANISER:
            borne = _("Borne by %(name)s") if row["total"] > 0 else _("Handed over to %(name)s")
            label = borne % {"name": label}
        lines.append(Line(label, fund.money(int(row["total"]))))
    return lines


def _promises(fund: Fund) -> list[Promises]:
    """How many promises stand or ended how, with their sums.

    In words of the public: whose card was declined, or who is asked by their bank, is for nobody but them to read.
    """
    under_way = _("being collected")
    words = {
        State.SECURED: _("promised"),
        **dict.fromkeys(Commitment.UNDECIDED, under_way),
        State.PAID: _("arrived"),
        State.WITHDRAWN: _("withdrawn before the close"),
        State.RELEASED: _("ended, nothing charged"),
        State.DROPPED: _("not collected in time"),
    }
    rows = (
        fund.commitments.filter(state__in=words)
        .values("state")
        .annotate(
            number=Count("pk"),
            total=Sum("maximum_minor"),
            paid=Sum(Coalesce("payment__received_minor", 0) + F("transferred_minor")),
        )
        .order_by("state")
    )
    sums: dict[str, tuple[int, int, int]] = {}
    for row in rows:
        label = words[row["state"]]
        number, total, paid = sums.get(label, (0, 0, 0))
        sums[label] = number + row["number"], total + int(row["total"]), paid + int(row["paid"] or 0)
    return [
        Promises(label, number, fund.money(total), fund.money(paid)) for label, (number, total, paid) in sums.items()
    ]
