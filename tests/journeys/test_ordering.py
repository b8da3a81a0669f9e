"""From the price to the final bill, in a browser, against the running platform."""

from __future__ import annotations

import re
from typing import Any

import pytest

from csm import books
from orders.models import Order, Run
from payments.booking import balance
from tests.journeys.conftest import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser]


def test_a_batch_fills_is_made_and_settles_to_zero(stack: Stack, visitor: Any) -> None:
    run = stack.run()
    consumers = [visitor("carla"), visitor("ivo")]
    for consumer in consumers:
        consumer.open(stack.stool.design.get_absolute_url())
        consumer.page.click(f"a[href='{run.get_absolute_url()}']")
        consumer.page.fill("[name=units]", "1")
        consumer.page.click("text=See my price")
        # On a phone the price and the click come before the calculation.
        button, table = (consumer.page.locator(what).bounding_box() for what in ("main form button", "main table"))
        assert button["y"] + button["height"] < table["y"]
        assert "Never more than" in consumer.page.inner_text("main .card")
        consumer.page.click("text=Order with obligation to pay")
        consumer.save_card()
    wait_until(lambda: Run.objects.get(pk=run.pk).state == "released", 60)
    operator = visitor("olga", "operator")
    operator.open(run.get_absolute_url())
    operator.page.click("text=To the bench")
    for kind, what, amount in (("material", "Birch plywood", "68.50"), ("labour", "Cut and sand", "20,00")):
        operator.page.select_option("[name=kind]", kind)
        operator.page.fill("[name=label]", what)
        operator.page.fill("[name=amount]", amount)
        operator.page.fill("[name=evidence]", "Invoice 17")
        operator.page.click("button[value=record]")
        operator.page.wait_for_load_state()
    operator.page.click("button[value=finish]")
    producer = visitor("paul", "producer")
    producer.open(f"{run.get_absolute_url()}bench/")
    producer.page.click("button[value=settle]")
    wait_until(lambda: Run.objects.get(pk=run.pk).state == "settled", 30)
    run.refresh_from_db()
    assert not balance(run.fund.account)
    for order in Order.objects.filter(run=run).select_related("quote", "commitment"):
        assert order.actual_minor is not None
        assert order.commitment.amount_minor is not None
        assert order.actual_minor < order.commitment.amount_minor <= order.quote.ceiling_minor
    consumers[0].open(f"{run.get_absolute_url()}bill/")
    text = consumers[0].page.inner_text("main")
    assert re.search(r"Adds up to\s+€0\.00", text), text
    assert "Invoice 17" in text
    assert books.check() == []
