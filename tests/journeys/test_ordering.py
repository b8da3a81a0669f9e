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
    stack.close(run)
    wait_until(lambda: Run.objects.get(pk=run.pk).state == "released", 60)
    operator = visitor("olga", "operator")
    operator.open(run.get_absolute_url())
    operator.page.click("text=To the bench")
    # The planned line is there to be confirmed, what nobody planned is added.
    operator.page.locator("details.line summary").first.click()
    operator.page.locator("details.line").first.locator("[name=evidence]").fill("Invoice 17")
    operator.page.locator("details.line").first.locator("button").click()
    operator.page.wait_for_load_state()
    operator.page.locator("details.line summary").last.click()
    other = operator.page.locator("details.line").last
    other.locator("[name=kind]").select_option("labour")
    other.locator("[name=label]").fill("Cut and sand")
    other.locator("[name=minutes]").fill("50")
    other.locator("[name=worker]").select_option(index=1)
    other.locator("[name=evidence]").fill("Time log")
    other.locator("button").click()
    operator.page.wait_for_load_state()
    assert operator.page.inner_text("main").count("Invoice 17") == 1
    operator.page.click("a:has-text('The batch is made')")
    assert Run.objects.get(pk=run.pk).state == "released"  # asking did nothing
    operator.page.click("text=Yes, the batch is made")
    producer = visitor("paul", "producer")
    producer.open(f"{run.get_absolute_url()}bench/")
    producer.page.click("text=Send the final bill")
    assert "Order " in producer.page.inner_text("main")
    producer.page.click("button:has-text('Send the bill and return')")
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
