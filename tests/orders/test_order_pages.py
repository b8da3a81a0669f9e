"""What somebody who orders reads, from the price to the final bill."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from csm.local_stripe.process import LocalStripe
from funding import closing as fund_closing
from funding import deciding, links
from members.templatetags.moments import moment
from orders import closing, quoting, recording, settling
from orders.models import Cost, Order, Quote, Run
from payments.writing import written
from tests.cast import Cast
from tests.orders.test_run import Batch


def visit(order: Order) -> Client:
    client = Client()
    client.force_login(order.member)
    return client


@pytest.mark.django_db
def test_a_price_says_when_nothing_would_be_made(cast: Cast) -> None:
    batch = Batch(cast)
    client = Client()
    client.force_login(cast.mia)
    said = {}
    for units in (1, 3):
        answer = client.post(f"{batch.run.get_absolute_url()}price/", {"units": units}, follow=True)
        said[units] = answer.content.decode()
    assert "With your order 2 pieces are still missing. If nobody else joins, nothing is made" in said[1]
    assert "if nobody else joins or leaves" not in said[1]
    assert "if nobody else joins or leaves" in said[3]
    assert "If at least 3 pieces are ordered by the deadline" in said[1]


@pytest.mark.django_db
def test_what_binds_until_a_deadline_names_it(cast: Cast) -> None:
    batch, client = Batch(cast), Client()
    client.force_login(cast.mia)
    deadline = moment(batch.run.fund.deadline_at)
    assert f"<dt>Deadline</dt><dd>{deadline}" in client.get(batch.run.get_absolute_url()).content.decode()
    page = client.post(f"{batch.run.get_absolute_url()}price/", {"units": 1}, follow=True)
    assert f"The deadline is {deadline}." in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_who_withdrew_an_order_reads_of_no_charge_and_nothing_to_collect(cast: Cast, local_stripe: LocalStripe) -> None:
    order = Batch(cast, local_stripe).order(1)
    client = visit(order)
    owed, collect = f"At most {written(order.quote.ceiling)}", "where you collect it"
    assert owed in client.get("/me/").content.decode()
    assert collect in client.get(order.get_absolute_url()).content.decode()
    client.post(f"{order.get_absolute_url()}withdraw/")
    text = client.get("/me/").content.decode()
    assert "You withdrew. Your card was never charged." in text
    assert owed not in text
    assert collect not in client.get(order.get_absolute_url()).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_pages_about_a_card_name_the_order_and_lead_back_to_it(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    order = batch.order(1)
    page = f"/support/{order.commitment_id}/"
    for path in (page, f"{page}card/"):
        text = visit(order).get(path).content.decode()
        assert f'<a href="{order.get_absolute_url()}">{order.commitment.title}</a>' in text
        # Who comes by the link in a mail is not logged in, and is not sent to a page that asks for it.
        token = links.card_link(order.commitment_id).partition("?t=")[2]
        by_mail = Client().get(f"{path}?t={token}").content.decode()
        assert f'<a href="{batch.run.get_absolute_url()}">{order.commitment.title}</a>' in by_mail
    assert f"once for “{order.commitment.title}”" in visit(order).get(f"{page}card/").content.decode()


@pytest.mark.django_db
def test_a_number_that_does_not_fit_stays_in_the_form(cast: Cast) -> None:
    batch = Batch(cast)
    client = Client()
    client.force_login(cast.mia)
    page = client.post(f"{batch.run.get_absolute_url()}price/", {"units": 7}).content.decode()
    assert "Only 5 more fit into this batch." in page
    assert 'name="units" value="7"' in page
    assert not Quote.objects.exists()


@pytest.mark.django_db
def test_who_asks_for_a_price_before_the_log_in_comes_back_with_the_number(cast: Cast) -> None:
    batch, client = Batch(cast), Client()
    answer = client.post(f"{batch.run.get_absolute_url()}price/", {"units": 4}, follow=True)
    assert "To see your price and to order you need an account" in answer.content.decode()
    following = answer.context["redirect_field_value"]
    client.force_login(cast.mia)
    page = client.get(following)
    assert page.status_code == 200
    assert 'name="units" value="4"' in page.content.decode()


@pytest.mark.django_db
def test_a_price_that_was_accepted_is_not_offered_again(cast: Cast) -> None:
    order = Batch(cast).order(1)
    page = f"/me/prices/{order.quote_id}/"
    for answer in (visit(order).get(page), visit(order).post(page)):
        assert answer.headers["Location"] == order.get_absolute_url()
    other = Client()
    other.force_login(cast.mia)
    text = other.get(page).content.decode()
    assert "Somebody else has accepted this price." in text
    assert "with obligation to pay" not in text
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_charged_is_said_of_what_was_charged(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    order = batch.order(3)
    at = batch.run.fund.deadline_at
    fund_closing.close_due(batch.run.fund_id, now=at)
    closing.fix(batch.run.pk, now=at)
    order.refresh_from_db()
    price = written(order.commitment.charge)
    for path in (order.get_absolute_url(), "/me/", batch.run.get_absolute_url(), "/batches/"):
        text = visit(order).get(path).content.decode()
        assert "aking orders" not in text, path
        assert "<dt>Charged</dt>" not in text, path
    assert (
        f"Price at the close, not charged yet</dt><dd>{price}"
        in visit(order).get(order.get_absolute_url()).content.decode()
    )
    cast.collect_all(at)
    deciding.decide(batch.run.fund_id, now=at)
    for path in (order.get_absolute_url(), "/me/"):
        assert f"<dt>Charged</dt><dd>{price}" in visit(order).get(path).content.decode()


@pytest.mark.django_db(transaction=True)
def test_after_the_final_bill_one_reads_what_was_charged_what_it_cost_and_what_goes_back(
    cast: Cast, local_stripe: LocalStripe
) -> None:
    batch = Batch(cast, local_stripe)
    order = batch.order(3)
    at = batch.close()
    closing.release(batch.run.pk, now=at)
    batch.run.refresh_from_db()
    work = {"kind": Cost.Kind.LABOUR, "label": "Cut", "minutes": Decimal(30), "evidence": "log", "worker": cast.olga}
    recording.record_cost(run=batch.run, amount_minor=None, by=cast.olga, now=at, **work)
    assert "Collect it here" not in visit(order).get(order.get_absolute_url()).content.decode()
    recording.finish(batch.run, by=cast.olga, now=at)
    text = visit(order).get(order.get_absolute_url()).content.decode()
    assert "Collect it here" in text
    assert f'order number: <strong class="whole">{order.number}</strong>' in text
    assert batch.facility.opening_hours.splitlines()[0] in text
    run = Run.objects.select_related("fund__account__receiver", "facility").get(pk=batch.run.pk)
    settling.settle(run, by=cast.petra, now=at)
    order = Order.objects.select_related("commitment__payment", "quote", "member").get(pk=order.pk)
    charged, actual, back = order.commitment.charged, order.actual, order.commitment.returned
    assert charged is not None
    assert actual is not None
    assert back == charged - actual
    for path in (order.get_absolute_url(), "/me/"):
        text = visit(order).get(path).content.decode()
        for words, amount in (
            ("Charged", charged),
            ("What it really cost", actual),
            ("Goes or went back to you", back),
        ):
            assert f"<dt>{words}</dt><dd>{written(amount)}" in text, (path, words)


@pytest.mark.django_db
def test_a_cost_that_is_a_percentage_says_of_what(cast: Cast) -> None:
    batch = Batch(cast)
    care = next(
        line for line in quoting.quote(run=batch.run, units=1, now=cast.now).lines["sheet"] if line["kind"] == "care"
    )
    base = written(batch.run.fund.money(care["rate_minor"]))
    said = f"1.50 % of materials, machine time and labour, which are {base}"
    assert said in Client().get(batch.run.get_absolute_url()).content.decode()
