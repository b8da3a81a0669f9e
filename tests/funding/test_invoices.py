"""Invoices: one for each promise that asked for one, numbered without gaps, whoever calls at once."""

from __future__ import annotations

import datetime

import pytest
from django.db import transaction
from django.test import Client
from post_office.models import Email

from funding import invoicing
from funding.models import Commitment, Invoice
from tests.cast import Cast
from tests.funding.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_called_promise_gets_its_invoice(cast: Cast) -> None:
    cast.bank_details()
    fund = cast.fund("100.00")
    town, firm = cast.written(fund, "60.00"), cast.written(fund, "50.00", way="cash")
    cast.close(fund)
    kept = Invoice.objects.get()
    assert (kept.commitment_id, kept.number, kept.iban) == (town.pk, 1, "DE89370400440532013000")
    mail = Email.objects.get(to=town.member.email, subject__contains="Please pay").message
    link = next(line for line in mail.splitlines() if "invoice.pdf" in line)
    paper = Client().get(link.split("//", 1)[1].split("/", 1)[1].join(["/", ""]))
    assert paper.status_code == 200
    assert paper.content.startswith(b"%PDF-")
    assert paper.content == invoicing.paper(kept)
    address = f"/support/{town.pk}/invoice.pdf"
    assert Client().get(address).status_code == 404
    assert Client().get(f"/support/{firm.pk}/invoice.pdf").status_code == 404
    theo = Client()
    theo.force_login(cast.theo)
    assert theo.get(address).status_code == 200


@pytest.mark.race
def test_numbers_have_no_gap_and_no_double(cast: Cast) -> None:
    cast.bank_details()
    fund = cast.fund("100.00")
    promises = [cast.written(fund, "10.00") for _ in range(6)]

    def issue(pk: object, *, undone: bool) -> None:
        with transaction.atomic():
            invoicing.issue(Commitment.objects.select_related("fund__receiver").get(pk=pk), now=cast.now)
            transaction.set_rollback(undone)

    at_once(*(lambda one=one, n=n: issue(one.pk, undone=n == 2) for n, one in enumerate(promises)))
    issue(promises[2].pk, undone=False)
    # Asked for again, it is the same.
    issue(promises[0].pk, undone=False)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_it_says_it_in_the_letters_of_its_payer(cast: Cast) -> None:
    cast.bank_details()
    fund = cast.fund("10.00", title="Fräse für Łódź, Ελλάδα и Русе")
    town = cast.written(fund, "10.00")
    kept = invoicing.issue(town, now=cast.now - datetime.timedelta(days=1))
    assert kept is not None
    assert len(invoicing.paper(kept)) > 5_000
