"""What consumers read about an order, from the saved card to the final bill: its number, its price, where it is had."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from django.conf import settings
from post_office.models import Email

from csm.local_stripe.process import LocalStripe
from funding import mailing
from orders import closing, recording
from orders.models import Order, Run
from payments.writing import written
from tests import cast as cards
from tests.cast import Cast
from tests.orders.test_run import Batch

MAILS = Path(settings.BASE_DIR) / "templates" / "funding" / "mail"


def mails_of(order: Order) -> list[Email]:
    return [mail for mail in Email.objects.order_by("pk") if mail.to == [order.member.email]]


def says(mail: Email, *words: str) -> None:
    text = " ".join(mail.message.split())
    for each in words:
        assert each in text
    # An order is no support, and no page but their own knows its state.
    assert "support" not in re.sub(r"http\S+", "", mail.subject + text)


@pytest.mark.django_db(transaction=True)
def test_an_order_is_followed_by_its_number_to_where_it_is_collected(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    order, declined = batch.order(3), batch.order(2, cards.DECLINED_LATER)
    name, own = f"2 × Plywood stool, order {declined.number}", f"/me/orders/{order.pk}/"
    received = mails_of(order)[-1]
    assert received.subject == f"Order received: 3 × Plywood stool, order {order.number}"
    ceiling = written(order.quote.ceiling)
    says(
        received, "Nothing is charged today", "go-ahead", "your price", f"never more than {ceiling}", "final bill", own
    )
    soon = batch.run.fund.deadline_at - datetime.timedelta(days=1)
    for promise in mailing.announceable(now=soon, limit=9):
        mailing.announce(promise, now=soon)
    says(mails_of(order)[-1], "your batch closes on", f"never more than {ceiling}", own)
    at = batch.close()
    order.commitment.refresh_from_db()
    price = written(order.commitment.fund.money(order.commitment.amount_minor or 0))
    says(mails_of(order)[-1], f"your price of {price} has arrived", own)
    refused = mails_of(declined)[-1]
    assert refused.subject == f"Your card was declined: {name}"
    says(refused, "your price of", "After that your order ends")
    cast.run_out(batch.run.fund)
    for promise in mailing.untold(limit=9):
        mailing.tell_outcome(promise, now=at)
    assert mails_of(declined)[-1].subject == f"Your order has ended: {name}"
    says(mails_of(order)[-1], "has its go-ahead", "final bill", own)
    assert closing.release(batch.run.pk, now=at)
    run = Run.objects.get()
    recording.finish(run, by=cast.olga, now=at)
    made = mails_of(order)[-1]
    place = run.facility
    says(made, order.number, place.name, place.street, f"{place.postcode} {place.locality}", place.opening_hours, own)


def test_orders_have_every_mail_that_support_has_but_the_one_of_a_change() -> None:
    """An order cannot be changed, only withdrawn; and a batch keeps its deadline."""
    support = {path.name for path in MAILS.glob("*.txt")}
    assert {path.name for path in (MAILS / "order").glob("*.txt")} == support - {"changed.txt", "extended.txt"}
    for path in (MAILS / "order").glob("*.txt"):
        assert re.search(r"support", path.read_text()) is None, path
