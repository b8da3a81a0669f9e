"""What people with a role are told that waits for them, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from csm.local_stripe.process import LocalStripe
from csm.waiting import waiting_for
from members.models import Member, Membership, Organisation
from orders import closing, recording
from orders.models import Run
from payments.models import Refund
from tests.campaigns.test_api import drafted
from tests.cast import Cast
from tests.csm.test_admin import staff
from tests.orders.test_run import Batch


def to_do(member: Member) -> list[str]:
    return [task.to_do for task in waiting_for(member).tasks]


@pytest.mark.django_db
def test_who_has_a_role_comes_in_where_their_work_is(cast: Cast) -> None:
    for member, path in ((cast.olga, "/me/"), (cast.mia, "/")):
        client = Client()
        client.force_login(member)
        assert client.get("/accounts/login/").headers["Location"] == path
    asked = Client()
    asked.force_login(cast.olga)
    assert asked.get("/accounts/login/?next=/campaigns/").headers["Location"] == "/campaigns/"


@pytest.mark.django_db(transaction=True)
def test_a_batch_waits_for_who_makes_it_and_then_for_who_bills_it(cast: Cast, local_stripe: LocalStripe) -> None:
    batch = Batch(cast, local_stripe)
    for _number in range(3):
        batch.order(1)
    at = batch.close()
    assert to_do(cast.olga) == []
    assert closing.release(batch.run.pk, now=at)
    make = "make it, and write down what it takes"
    assert (to_do(cast.olga), to_do(cast.petra), to_do(cast.theo)) == ([make], [make], [])
    assert waiting_for(cast.olga).tasks[0].url == f"{batch.run.get_absolute_url()}bench/"
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    egon = cast.person("egon")
    assert not waiting_for(egon).acts
    Membership.objects.create(organisation=other, member=egon, role="operator")
    assert waiting_for(egon) == (True, [])
    recording.finish(Run.objects.get(), by=cast.olga, now=at)
    assert (to_do(cast.olga), to_do(cast.petra)) == ([], ["made: send the final bill"])
    client = Client()
    client.force_login(cast.petra)
    assert "Made: send the final bill" in client.get("/me/").content.decode()
    client.force_login(egon)
    assert "Nothing is left for you to do" in client.get("/me/").content.decode()
    client.force_login(cast.mia)
    assert "Waiting for you" not in client.get("/me/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_drafts_and_refunds_wait_for_those_who_may_decide_them(
    cast: Cast, local_stripe: LocalStripe, settings: Any
) -> None:
    settings.REFUND_APPROVAL_MINOR = 10_00
    drafted(cast)
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    payment = cast.payment_of(promise)
    staff(cast.theo).post(f"/admin/payments/payment/{payment.pk}/do/return/", {"why": "double"})
    second = cast.person("tamara", "treasurer")
    # What is done in the admin waits for nobody who cannot open it.
    assert (to_do(second), to_do(cast.petra)) == ([], [])
    for member in (second, cast.petra):
        staff(member)
    assert to_do(cast.petra) == ["a draft: send it to review, or delete it"]
    # Not for the one who asked for it.
    assert to_do(cast.theo) == []
    approve = "a refund that waits for a second person: approve or decline it"
    assert to_do(second) == [approve]
    assert Client().get(waiting_for(second).tasks[0].url).status_code == 302
    assert staff(second).get(waiting_for(second).tasks[0].url).status_code == 200
    Refund.objects.update(state=Refund.State.FAILED)
    assert to_do(second) == ["the bank sent it back: send it again, or return it another way"]
