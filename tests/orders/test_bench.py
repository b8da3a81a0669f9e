"""The bench: what was planned is confirmed or corrected, minutes make money, and what cannot be undone is asked first."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from csm.local_stripe.process import LocalStripe
from members.models import Member
from orders import closing, planning, recording
from orders.models import Cost, Run
from payments.models import Refund
from tests.cast import Cast
from tests.orders.test_run import Batch

Kind = Cost.Kind


def released(cast: Cast, stripe: LocalStripe, **terms: Any) -> tuple[Run, datetime.datetime]:
    """A batch of three stools, paid for and released."""
    batch = Batch(cast, stripe, **terms)
    batch.order(2)
    batch.order(1)
    at = batch.close()
    closing.release(batch.run.pk, now=at)
    return Run.objects.with_names().get(pk=batch.run.pk), at


def write(run: Run, by: Member, at: datetime.datetime, **cost: Any) -> Cost:
    values = {"kind": Kind.MATERIAL, "label": "x", "amount_minor": None, "evidence": "log", "by": by, "now": at}
    return recording.record_cost(run=run, **(values | cost))


def refused(code: str, *args: Any, **cost: Any) -> None:
    before = Cost.objects.count()
    with pytest.raises(ValidationError) as refusal:
        write(*args, **cost)
    assert (refusal.value.code, Cost.objects.count()) == (code, before)


def visit(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.mark.django_db(transaction=True)
def test_every_planned_line_is_offered_and_confirmed_with_its_evidence(cast: Cast, local_stripe: LocalStripe) -> None:
    run, _at = released(cast, local_stripe, packing_minor=150)
    assert planning.batch_size(run) == 3
    lines = planning.planned(run)
    assert {line.kind for line in lines} >= {Kind.MATERIAL, Kind.MACHINE, Kind.LABOUR, Kind.ORGANISING, Kind.PACKING}
    assert [line.amount_minor for line in lines if line.kind == Kind.PACKING] == [300]  # two orders
    client, bench = visit(cast.olga), reverse("orders:bench", args=[run.pk])
    page = client.get(bench)
    for row in page.context["rows"]:
        shown = {name: field.initial for name, field in row.form.fields.items()}
        sent = {name: str(value) for name, value in shown.items() if value is not None}
        client.post(bench, sent | {"row": row.line.key, "evidence": "as planned"})
    # Confirming everything as it was offered costs exactly what was planned, line by line.
    assert [line.written_minor for line in planning.planned(run)] == [line.amount_minor for line in lines]
    answer = client.get(bench)
    again, text = answer.context["rows"], answer.content.decode()
    # What is written down is named as in the plan, and what has no name of its own is named once.
    for cost in run.costs.filter(kind__in=(Kind.ORGANISING, Kind.PACKING)):
        assert cost.label == cost.get_kind_display()
        assert f"<dt>{cost.label.capitalize()}" in text
        assert cost.label not in text.partition("Written down so far")[2]
    assert not any(form.fields[name].initial for form in (row.form for row in again) for name in ("amount",))


@pytest.mark.django_db(transaction=True)
def test_minutes_make_the_money_at_the_frozen_rate(cast: Cast, local_stripe: LocalStripe) -> None:
    run, at = released(cast, local_stripe)
    work = {"kind": Kind.LABOUR, "label": "Sand", "worker": cast.olga}
    cost = write(run, cast.olga, at, **work, minutes=Decimal(40))
    assert cost.amount_minor == 1_600  # 24.00 an hour
    machine = next(line for line in planning.planned(run) if line.kind == Kind.MACHINE)
    assert machine.rate is not None
    made = write(run, cast.olga, at, kind=Kind.MACHINE, label=machine.label, minutes=Decimal(7))
    assert made.amount_minor == -(-7 * machine.rate.minor // 60)
    # The rate of today plays no part: the batch has its own.
    run.facility.wage_minor = 9_900
    run.facility.save()
    assert write(run, cast.olga, at, **work, minutes=Decimal(1)).amount_minor == 40
    refused("amount_unproved", run, cast.olga, at, **work, minutes=Decimal(40), amount_minor=1_700)
    other = write(
        run, cast.olga, at, **work, minutes=Decimal(40), amount_minor=1_700, amount_evidence="night rate, contract 3"
    )
    assert other.evidence == "log; night rate, contract 3"
    refused("signs_differ", run, cast.olga, at, **work, minutes=Decimal(-5), amount_minor=5, amount_evidence="x")
    # Of a machine that was not planned nobody knows the rate.
    refused("amount_missing", run, cast.olga, at, kind=Kind.MACHINE, label="A friend's lathe", minutes=Decimal(7))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [Kind.LABOUR, Kind.ORGANISING])
def test_work_is_somebodys_minutes_shown_by_a_time_log(cast: Cast, local_stripe: LocalStripe, kind: str) -> None:
    run, at = released(cast, local_stripe)
    work = {"kind": kind, "label": "Sand", "worker": cast.olga, "evidence": "Time log 3"}
    lump = {"amount_minor": 1_600, "amount_evidence": "as agreed"}
    refused("minutes_missing", run, cast.olga, at, **work, **lump)
    refused("minutes_missing", run, cast.olga, at, **work, **lump, minutes=Decimal(0))
    refused("time_log_missing", run, cast.olga, at, **(work | {"evidence": " "}), minutes=Decimal(40))
    refused("worker_missing", run, cast.olga, at, **(work | {"worker": None}), minutes=Decimal(40))
    assert write(run, cast.olga, at, **work, minutes=Decimal(40)).amount_minor == 1_600
    # At the bench the field says so itself, and what nobody planned is refused by the verb.
    client, bench = visit(cast.olga), reverse("orders:bench", args=[run.pk])
    key = next(line.key for line in planning.planned(run) if line.kind == kind)
    typed = {"amount": "16", "amount_evidence": "as agreed", "evidence": "Invoice 3", "worker": str(cast.olga.pk)}
    for sent in ({"row": key}, {"row": "", "kind": kind, "label": "Sand"}):
        answer = client.post(bench, typed | sent)
        rows = [row.form for row in answer.context["rows"]] + [answer.context["form"]]
        (form,) = [form for form in rows if form.is_bound]
        assert "minutes" in str(form.errors)
    assert Cost.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_correction_takes_away_no_more_than_is_there(cast: Cast, local_stripe: LocalStripe) -> None:
    run, at = released(cast, local_stripe)
    write(run, cast.olga, at, amount_minor=1_000)
    write(run, cast.olga, at, kind=Kind.SCRAP, amount_minor=5_000)
    refused("correction_too_large", run, cast.olga, at, amount_minor=-1_001)
    write(run, cast.olga, at, amount_minor=-400)
    refused("correction_too_large", run, cast.olga, at, amount_minor=-601)
    write(run, cast.olga, at, amount_minor=-600)
    # Nobody's work is taken away with somebody else's.
    write(run, cast.olga, at, kind=Kind.LABOUR, worker=cast.olga, minutes=Decimal(60))
    refused("correction_too_large", run, cast.olga, at, kind=Kind.LABOUR, worker=cast.petra, minutes=Decimal(-1))
    write(run, cast.olga, at, kind=Kind.LABOUR, worker=cast.olga, minutes=Decimal(-60))


@pytest.mark.django_db(transaction=True)
def test_a_refusal_stands_beside_what_was_typed(cast: Cast, local_stripe: LocalStripe) -> None:
    run, _at = released(cast, local_stripe)
    key = next(line.key for line in planning.planned(run) if line.kind == Kind.LABOUR)
    typed = {"row": key, "minutes": "50", "amount": "99", "evidence": "log", "worker": str(cast.olga.pk)}
    answer = visit(cast.olga).post(reverse("orders:bench", args=[run.pk]), typed)
    assert answer.status_code == 200
    bound = [row.form for row in answer.context["rows"] if row.form.is_bound]
    assert len(bound) == 1
    assert "€20.00" in str(bound[0].non_field_errors())
    assert not Cost.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_undone_is_asked_first(cast: Cast, local_stripe: LocalStripe) -> None:
    run, at = released(cast, local_stripe)
    operator, producer = visit(cast.olga), visit(cast.petra)
    made, bill = (reverse(f"orders:{name}", args=[run.pk]) for name in ("finish", "settle"))
    write(run, cast.olga, at, amount_minor=2_000)
    question = operator.get(made)
    assert (question.context["people"], question.context["units"]) == (2, 3)
    assert Run.objects.get().state == Run.State.RELEASED
    operator.post(made)
    assert Run.objects.get().state == Run.State.MADE
    assert operator.get(bill).status_code == operator.post(bill).status_code == 403
    question = producer.get(bill)
    surplus = question.context["bill"]["surplus"].minor
    backs = [back.minor for _order, back in question.context["backs"]]
    assert sum(backs) == surplus > 0
    assert question.context["refunds"] == 2
    producer.post(bill)  # without the surplus that was read
    # A cost that came in between is not sent unread.
    write(run, cast.olga, at, amount_minor=100)
    producer.post(bill, {"seen": surplus})
    assert Run.objects.get().state == Run.State.MADE
    assert not Refund.objects.exists()
    surplus -= 100
    producer.post(bill, {"seen": surplus})
    assert Run.objects.get().state == Run.State.SETTLED
    assert sum(Refund.objects.values_list("amount_minor", flat=True)) == surplus


@pytest.mark.django_db(transaction=True)
def test_costs_above_what_arrived_are_said_in_words(cast: Cast, local_stripe: LocalStripe) -> None:
    run, at = released(cast, local_stripe)
    write(run, cast.olga, at, amount_minor=90_000)
    recording.finish(run, by=cast.olga, now=at)
    for page in ("bench", "settle"):
        answer = visit(cast.petra).get(reverse(f"orders:{page}", args=[run.pk]))
        text = answer.content.decode()
        assert answer.context["bill"]["deficit"].minor > 0
        assert "above what arrived" in text
        assert "−" not in text
