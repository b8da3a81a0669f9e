"""What a treasurer has to see: promises without a card, what arrived, and what is to be returned."""

from __future__ import annotations

from django.db.models import QuerySet

from funding import arriving
from funding.models import Commitment, Fund
from funding.references import references_in
from payments.models import Assignment, BankReceipt, Receiver

State = Commitment.State


def promises(receiver: Receiver, *states: str) -> QuerySet[Commitment]:
    """Promises in writing to one receiver that stand in these states, what is due first first."""
    rows = Commitment.objects.filter(
        fund__receiver=receiver, backing=Commitment.Backing.TRANSFER, state__in=states
    ).select_related("fund", "member", "written")
    return rows.order_by("due_at", "pk")


def to_confirm(receiver: Receiver) -> QuerySet[Commitment]:
    return promises(receiver, State.DRAFT).filter(fund__state=Fund.State.OPEN)


def without_a_home(receiver: Receiver) -> QuerySet[BankReceipt]:
    return arriving.returnable().filter(receiver=receiver)


def owed(receiver: Receiver) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(receipt__receiver=receiver, state=Assignment.State.OWED)
    return rows.select_related("receipt", "credit_account").order_by("pk")


def recognised(receiver: Receiver, remittance: str) -> Commitment | None:
    """The promise whose reference stands in a remittance text; None when there is none, or several that differ."""
    found = references_in(remittance)
    known = {
        row.reference: row
        for row in Commitment.objects.filter(
            reference__in=found, fund__receiver=receiver, backing=Commitment.Backing.TRANSFER
        ).select_related("fund", "written")
    }
    whole = [known[reference] for reference in found if reference in known]
    return whole[0] if len(whole) == 1 else None
