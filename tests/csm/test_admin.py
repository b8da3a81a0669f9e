"""The admin: one's own organisations only, money to read only, verbs behind a question."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils.functional import Promise

from campaigns.models import Campaign
from csm.local_stripe.process import LocalStripe
from facilities.models import MachineRateComponent, Material
from funding import committing
from funding.foreseeing import what_cancelling_does, what_closing_does
from funding.models import Commitment, Fund
from members.models import Member, Membership, Organisation, Transition
from orders.models import Run
from payments.administering import span
from payments.models import Refund
from payments.money import Money
from payments.writing import written
from products import drafting
from tests import cast as cards
from tests.architecture.test_rooms import LAYERS
from tests.campaigns.test_api import drafted, launched
from tests.cast import Cast
from tests.orders.test_run import Batch
from tests.workshop import Workshop

MONEY = ("payments", "funding")


def staff(member: Member) -> Client:
    member.is_staff = True
    member.save(update_fields=["is_staff"])
    client = Client()
    client.force_login(member)
    return client


def change_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def stranger(cast: Cast) -> Member:
    """A producer of another organisation."""
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    member = cast.person("egon")
    for role in Membership.Role:
        Membership.objects.create(organisation=other, member=member, role=role)
    return member


def draft_form(cast: Cast, facility: Any, **changed: Any) -> dict[str, Any]:
    """What the admin's form for a new campaign sends."""
    deadline = cast.now + datetime.timedelta(days=changed.pop("days", 20))
    return {
        "facility": facility.pk,
        "title": "A lathe",
        "slug": "a-lathe",
        "summary": "To turn.",
        "story": "Turn!",
        "currency": "EUR",
        "minimum_minor": "500",
        "goal_minor": "800",
        "deadline_at_0": deadline.strftime("%Y-%m-%d"),
        "deadline_at_1": deadline.strftime("%H:%M:%S"),
        "window_minutes": 10_080,
        "budget-TOTAL_FORMS": 1,
        "budget-INITIAL_FORMS": 0,
        "budget-0-kind": "building",
        "budget-0-label": "Lathe",
        "budget-0-amount_minor": "800",
        "budget-0-position": 0,
        "other_money-TOTAL_FORMS": 0,
        "other_money-INITIAL_FORMS": 0,
        "stretch_goals-TOTAL_FORMS": 0,
        "stretch_goals-INITIAL_FORMS": 0,
        "tiers-TOTAL_FORMS": 1,
        "tiers-INITIAL_FORMS": 0,
        "tiers-0-title": "Bowl",
        "tiers-0-text": "Turned.",
        "tiers-0-amount_minor": "40",
        "tiers-0-units": 0,
        "tiers-0-hours": 0,
        "tiers-0-gives": "thanks",
        "tiers-0-position": 0,
        **changed,
    }


@pytest.mark.django_db
def test_every_list_opens_for_an_administrator_and_a_producer(cast: Cast) -> None:
    launched(cast)
    cast.olga.is_superuser = True
    cast.olga.save()
    administrator, producer = staff(cast.olga), staff(cast.petra)
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert administrator.get(url).status_code == 200, url
        assert producer.get(url).status_code in (200, 403), url
    assert administrator.get("/admin/").status_code == producer.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_other_organisations_do_not_exist_for_a_producer(cast: Cast, stranger: Member) -> None:
    campaign = launched(cast)
    fund = campaign.fund
    own, other = staff(cast.petra), staff(stranger)
    for row in (campaign, fund, campaign.facility, campaign.facility.machines.get()):
        assert own.get(change_url(row)).status_code == 200, row
        # The admin sends people who ask for what is not there back to its front page.
        assert other.get(change_url(row)).status_code == 302, row
    cancelled = other.post(change_url(campaign).replace("change/", "do/cancel/"), {"why": "mischief"})
    assert cancelled.status_code == 404
    assert Fund.objects.get().state == Fund.State.OPEN


@pytest.mark.django_db
def test_no_page_of_the_admin_writes_money_or_deletes(cast: Cast) -> None:
    cast.olga.is_superuser = cast.olga.is_staff = True
    cast.olga.save()
    request: Any = type("Request", (), {"user": cast.olga})()
    for model, page in admin.site._registry.items():
        assert not page.has_delete_permission(request), model
        if model._meta.app_label in MONEY:
            assert not page.has_add_permission(request), model
            assert not page.has_change_permission(request), model
    for label in MONEY:
        for model in apps.get_app_config(label).get_models():
            if model in admin.site._registry:
                for inline in admin.site._registry[model].get_inline_instances(request):
                    assert not inline.has_add_permission(request, None)
                    assert not inline.has_change_permission(request, None)


@pytest.mark.django_db
def test_a_producer_writes_launches_and_cancels_a_campaign(cast: Cast) -> None:
    facility = Workshop(cast.werkhof, cast.petra, cast.now).facility
    client = staff(cast.petra)
    story = "**Turn!** <script>alert(1)</script>"
    form = draft_form(cast, facility, story=story, goal_minor="800,00", **{"budget-0-amount_minor": "800.00"})
    answer = client.post(reverse("admin:campaigns_campaign_add"), form)
    assert answer.status_code == 302, answer.context["errors"]
    campaign = Campaign.objects.get()
    assert (campaign.minimum_minor, campaign.goal_minor) == (500_00, 800_00)
    assert (campaign.budget.get().amount_minor, campaign.tiers.get().amount_minor) == (800_00, 40_00)
    assert 'value="500.00"' in client.get(change_url(campaign)).content.decode()
    assert "<script>" not in campaign.story_html
    do = change_url(campaign).replace("change/", "do/{}/")
    assert client.get(do.format("launch")).status_code == 404  # nobody approved it
    client.post(do.format("submit"))
    campaign.refresh_from_db()
    assert campaign.stage == Campaign.Stage.DRAFT  # nobody agreed to bear lost fees
    cast.agree(campaign)
    client.post(do.format("submit"))
    cast.olga.is_superuser = True
    cast.olga.save()
    staff(cast.olga).post(do.format("approve"))
    assert client.get(do.format("launch")).status_code == 200
    campaign.refresh_from_db()
    assert campaign.fund is None  # asking did nothing
    client.post(do.format("launch"))
    campaign.refresh_from_db()
    assert campaign.fund is not None
    # Its terms are frozen now, whatever is posted.
    client.post(change_url(campaign), {**form, "goal_minor": "1"})
    campaign.refresh_from_db()
    assert campaign.goal_minor == 800_00
    frozen = client.get(change_url(campaign)).content.decode()
    assert "800.00 EUR" in frozen
    assert "40.00 EUR" in frozen
    assert client.post(do.format("close")).status_code == 404  # supporters may leave until the deadline
    assert Fund.objects.get().state == Fund.State.OPEN
    client.post(do.format("cancel"), {"why": "The lathe was stolen."})
    assert Fund.objects.get().state == Fund.State.CANCELLED
    assert Transition.objects.filter(to_state="cancelled", why="The lathe was stolen.", by=cast.petra).exists()


@pytest.mark.django_db
def test_an_operator_can_neither_launch_nor_cancel(cast: Cast) -> None:
    campaign = launched(cast)
    client = staff(cast.olga)
    assert client.post(change_url(campaign).replace("change/", "do/cancel/"), {"why": "x"}).status_code == 404
    assert client.get(reverse("admin:payments_payment_changelist")).status_code == 403


@pytest.mark.django_db
def test_a_rate_is_appended_and_knows_its_writer(cast: Cast) -> None:
    machine = Workshop(cast.werkhof, cast.petra, cast.now).router
    before = MachineRateComponent.objects.count()
    form = {
        "facility": machine.facility_id,
        "name": "Router",
        "process": "cnc-routing",
        "summary": "",
        "rates-TOTAL_FORMS": 1,
        "rates-INITIAL_FORMS": 0,
        "rates-0-kind": "energy",
        "rates-0-amount_minor": "3.50",
        "rates-0-since_on": cast.now.date(),
        "rates-0-machine": machine.pk,
        "rates-2-TOTAL_FORMS": 0,
        "rates-2-INITIAL_FORMS": 0,
    }
    answer = staff(cast.petra).post(change_url(machine), form)
    assert answer.status_code == 302, answer.context["errors"]
    assert MachineRateComponent.objects.count() == before + 1
    newest = MachineRateComponent.objects.latest("pk")
    assert (newest.recorded_by, newest.amount_minor) == (cast.petra, 3_50)
    assert "3.50 EUR" in staff(cast.petra).get(change_url(machine)).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["12.345", "1.000", "1,2,3.0.0", "-", "twelve", "1e5", "9" * 17])
def test_an_amount_that_is_none_is_refused_where_it_was_typed(cast: Cast, amount: str) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    before = workshop.facility.wage_minor
    client = staff(cast.petra)
    page = client.get(change_url(workshop.facility))
    form = {key: "" if value is None else value for key, value in page.context["adminform"].form.initial.items()}
    answer = client.post(change_url(workshop.facility), {**form, "wage_minor": amount})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["wage_minor"]
    workshop.facility.refresh_from_db()
    assert workshop.facility.wage_minor == before
    assert client.post(change_url(workshop.facility), {**form, "wage_minor": "31,5"}).status_code == 302
    workshop.facility.refresh_from_db()
    assert workshop.facility.wage_minor == 31_50


@pytest.mark.django_db
def test_a_producer_opens_a_run(cast: Cast) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    revision = workshop.released_stool()
    deadline = cast.now + datetime.timedelta(days=5)
    form = {
        "revision": revision.pk,
        "facility": workshop.facility.pk,
        "minimum_units": 3,
        "maximum_units": 2,
        "drop_margin_percent": 10,
        "packing_minor": 0,
        "tax_percent": 0,
        "fee_percent": "1.4",
        "fee_fixed_minor": "0.30",
        "deadline_at_0": deadline.strftime("%Y-%m-%d"),
        "deadline_at_1": deadline.strftime("%H:%M:%S"),
        "window_minutes": 600,
    }
    client = staff(cast.petra)
    page = client.get(reverse("admin:orders_run_add"))
    # What European cards cost, unless the installation says otherwise.
    assert [page.context["adminform"].form[name].value() for name in ("fee_percent", "fee_fixed_minor")] == [
        Decimal("1.5"),
        "0.25",
    ]
    refused = client.post(reverse("admin:orders_run_add"), form, follow=True)
    assert not Run.objects.exists()
    assert refused.status_code == 200
    # What it would fix is read before it is fixed, and one can go back.
    question = client.post(reverse("admin:orders_run_add"), form | {"maximum_units": 9})
    html = " ".join(question.content.decode().split())
    assert not Run.objects.exists()
    assert 'name="agreed"' in html
    for label, value in (("Pieces", "3 to 9"), ("Card fee", "1.4 % + €0.30"), ("Time to mend a card", "10 hours")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in html
    typed = dict(question.context["typed"])
    back = client.post(reverse("admin:orders_run_add"), typed | {"back": "1"})
    assert not Run.objects.exists()
    assert back.context["adminform"].form["maximum_units"].value() == "9"
    client.post(reverse("admin:orders_run_add"), typed | {"agreed": "on"})
    run = Run.objects.get()
    assert written(Money(run.ceiling_minor, "EUR")) in html
    assert (run.fee_fraction, run.fee_fixed_minor) == (Decimal("0.014"), 30)
    assert client.get(change_url(run)).status_code == 200


@pytest.mark.django_db
def test_a_batch_that_has_no_price_is_refused_on_its_form(cast: Cast) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    revision = workshop.released_stool()
    Material.objects.update(is_stocked=False)
    deadline = cast.now + datetime.timedelta(days=5)
    form = {
        "revision": revision.pk,
        "facility": workshop.facility.pk,
        "minimum_units": 3,
        "maximum_units": 9,
        "drop_margin_percent": 10,
        "packing_minor": 0,
        "tax_percent": 0,
        "fee_percent": 0,
        "fee_fixed_minor": 0,
        "deadline_at_0": deadline.strftime("%Y-%m-%d"),
        "deadline_at_1": deadline.strftime("%H:%M:%S"),
        "window_minutes": 600,
        "agreed": "on",
    }
    answer = staff(cast.petra).post(reverse("admin:orders_run_add"), form)
    assert list(answer.context["adminform"].form.errors) == ["__all__"]
    assert answer.context["adminform"].form["maximum_units"].value() == "9"
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_the_admin_leads_only_to_pages_that_its_reader_may_see(cast: Cast) -> None:
    batch = Batch(cast)
    released = batch.run.revision
    draft = drafting.draft_revision(
        design=released.design, number="1.1.0", licence=released.licence, by=cast.petra, now=cast.now
    )
    unborn = drafting.start_design(
        name="Bench", slug="bench", summary="To sit.", story="Sit.", maintainer=cast.werkhof, now=cast.now
    )
    client = staff(cast.petra)
    for row, leads in (
        *((batch.run, True), (batch.run.facility, True), (released, True), (released.design, True)),
        *((drafted(cast, batch.run.facility), True), (draft, False), (unborn, False), (batch.order(1), False)),
    ):
        context = client.get(change_url(row)).context
        assert context["has_absolute_url"] is leads, row
        if leads:
            assert client.get(context["absolute_url"], follow=True).status_code == 200, row


@pytest.mark.django_db
def test_history_is_told_in_the_words_of_the_site(cast: Cast) -> None:
    promise = cast.secured(cast.fund(), "50.00")
    committing.withdraw(promise, by=promise.member, now=cast.now)
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    drafting.discard_revision(workshop.stool(), by=cast.petra, now=cast.now)
    cast.olga.is_superuser = True
    cast.olga.save()
    html = staff(cast.olga).get("/admin/members/transition/").content.decode()
    for words in ("Promise", "promised: card saved, nothing charged", "withdrawn", "Version", "discarded"):
        assert words in html
    assert "funding.Commitment<" not in html
    only = staff(cast.olga).get("/admin/members/transition/", {"of": "funding.Fund"}).context["cl"].result_list
    assert {row.subject_model for row in only} == {"funding.Fund"}


def test_every_column_and_field_of_the_admin_has_a_name_for_people() -> None:
    """Not the one that the code gives it: no “ceiling minor”, no “intent id”."""
    unnamed = []
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in LAYERS:
            continue
        shown = [(model, {*page.list_display, *(page.fields or _editable(model, page))})]
        shown += [(inline.model, _editable(inline.model, inline) - {model._meta.model_name}) for inline in page.inlines]
        for table, names in shown:
            fields = [field for field in table._meta.concrete_fields if field.name in names]
            unnamed += [field for field in fields if not isinstance(field._verbose_name, Promise)]
        assert isinstance(model._meta.verbose_name, Promise)
    # Whose line it is stands above the lines.
    parents = {"Attempt.payment", "Posting.entry", "BomLine.revision", "Operation.revision", "BuildStep.revision"}
    own = [
        str(field).split(".", 1)[1] for field in unnamed if field.name not in ("password", "last_login", "is_superuser")
    ]
    assert set(own) - parents == set()
    for label in LAYERS:
        assert isinstance(apps.get_app_config(label).verbose_name, Promise), label


def _editable(model: type[models.Model], page: Any) -> set[str]:
    fields = [field.name for field in model._meta.concrete_fields if field.editable and not field.primary_key]
    return set(fields) - set(page.exclude or ())


@pytest.mark.django_db
def test_every_row_says_what_it_is() -> None:
    for label in LAYERS:
        for model in apps.get_app_config(label).get_models():
            assert model.__str__ is not models.Model.__str__, f"{model.__name__} is called “object (…)”"


def test_minutes_are_read_as_days_and_hours() -> None:
    said = {10_080: "7 days", 1_440: "1 day", 2_160: "1 day 12 hours", 61: "1 hour 1 minute", 2: "2 minutes"}
    assert {minutes: span(minutes) for minutes in said} == said


@pytest.mark.django_db
def test_a_frozen_window_is_shown_in_days(cast: Cast) -> None:
    campaign = launched(cast)
    for row in (campaign, campaign.fund):
        page = staff(cast.petra).get(change_url(row)).content.decode()
        assert "7 days" in page, row
        assert "10080" not in page, row


@pytest.mark.django_db(transaction=True)
def test_promised_charged_arrived_and_gone_back_are_told_apart(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    declined = cast.secured(fund, "30.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    page: Any = admin.site._registry[Commitment]

    def columns(pk: Any) -> list[str]:
        row = Commitment.objects.get(pk=pk)
        return [str(column(row)) for column in (page.most, page.to_charge, page.arrived, page.gone_back)]

    assert columns(promise.pk) == ["60.00 EUR", "–", "–", "–"]
    cast.close(fund)
    assert columns(promise.pk) == ["60.00 EUR", "60.00 EUR", "–", "–"]
    cast.collect_all(fund.deadline_at)
    assert columns(promise.pk) == ["60.00 EUR", "–", "60.00 EUR", "–"]
    assert columns(declined.pk) == ["30.00 EUR", "30.00 EUR", "–", "–"]
    payment = cast.payment_of(promise)
    client = staff(cast.theo)
    listed = client.get(reverse("admin:payments_payment_changelist")).content.decode()
    assert str(payment.payer) in listed
    assert payment.description in listed
    do = change_url(payment).replace("change/", "do/return/")
    question = client.get(do).content.decode()
    assert "60.00 EUR go back to the card of" in question
    assert str(payment.payer) in question
    client.post(do, {"why": "double"})
    assert columns(promise.pk) == ["60.00 EUR", "–", "60.00 EUR", "60.00 EUR"]
    # From the promise one comes to its payment.
    assert change_url(payment) in client.get(change_url(promise)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_question_names_whom_it_concerns_and_how_much(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    assert "too little" in what_closing_does(fund)
    for amount in ("60.00", "40.00"):
        cast.secured(fund, amount, stripe=local_stripe)
    declined = cast.secured(fund, "30.00", number=cards.DECLINED_LATER, stripe=local_stripe)
    assert "3 promises of €130.00" in what_closing_does(fund)
    assert "enough" in what_closing_does(fund)
    assert "3 promises of at most €130.00 in all are released" in what_cancelling_does(fund)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    declined.refresh_from_db()
    asked = what_cancelling_does(fund)
    assert "2 payments of €100.00 in all go back" in asked
    assert "1 charge that is on its way" in asked
    assert "promise" not in asked


@pytest.mark.django_db
def test_an_order_is_found_by_the_number_that_people_say(cast: Cast) -> None:
    batch = Batch(cast)
    order, other = batch.order(1), batch.order(1)
    client = staff(cast.petra)
    for said in (order.number, order.number.replace("-", "").lower()):
        listed = client.get(reverse("admin:orders_order_changelist"), {"q": said}).content.decode()
        assert order.number in listed
        assert other.number not in listed
    question = client.get(change_url(batch.run).replace("change/", "do/cancel/")).content.decode()
    assert "2 promises of at most" in question
    assert Run.objects.get().state == Run.State.OPEN


@pytest.mark.django_db(transaction=True)
def test_a_large_refund_waits_for_a_second_person(cast: Cast, local_stripe: LocalStripe, settings: Any) -> None:
    settings.REFUND_APPROVAL_MINOR = 10_00
    fund = cast.fund("50.00")
    promise = cast.secured(fund, "60.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    payment = cast.payment_of(promise)
    do = change_url(payment).replace("change/", "do/return/")
    client = staff(cast.theo)
    client.post(do, {"why": "double"})
    refund = Refund.objects.get()
    assert refund.state == Refund.State.PROPOSED
    approve = change_url(refund).replace("change/", "do/approve/")
    client.post(approve)
    refund.refresh_from_db()
    assert refund.state == Refund.State.PROPOSED  # not by the one who asked
    second = cast.person("tamara", "treasurer")
    staff(second).post(approve)
    refund.refresh_from_db()
    assert refund.state == Refund.State.PREPARED
