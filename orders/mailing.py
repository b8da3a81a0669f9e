"""What consumers are told about their pieces, in the transaction of the fact."""

from __future__ import annotations

from django.db.models import QuerySet

from funding.models import Commitment
from members import mailing as members_mailing
from orders.models import Order, Run
from payments.money import Money


def made(run: Run) -> None:
    """The batch is made: where and when the pieces can be had."""
    for order in _paid(run):
        _send(order, "made")


def billed(run: Run) -> None:
    """The final bill is out: what it really cost, and what comes back."""
    for order in _paid(run):
        received = order.commitment.payment.received_minor if order.commitment.payment else 0
        actual = order.actual_minor or 0
        currency = order.quote.currency
        money = {"charged": received, "actual": actual, "back": received - actual}
        _send(order, "billed", **{name: Money(minor, currency) for name, minor in money.items()})


def _paid(run: Run) -> QuerySet[Order]:
    paid = Order.objects.filter(run=run, commitment__state=Commitment.State.PAID)
    return paid.select_related("member", "quote", "commitment__payment", "run__revision__design", "run__facility")


def _send(order: Order, template: str, **money: Money) -> None:
    context = {"order": order, "run": order.run, "path": order.get_absolute_url(), **money}
    members_mailing.send(order.member, f"orders/mail/{template}", context)
