"""Forms of the admin filled in with what they do not offer: other people's rows, other places, other kinds."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, Update
from facilities import furnishing
from facilities.models import Facility, Machine, Material
from members.models import Member, Membership, Organisation
from orders.models import Run
from products.models import Design, Revision
from tests.campaigns.test_api import drafted
from tests.cast import Cast
from tests.csm.test_admin import change_url, draft_form, staff
from tests.workshop import Workshop


@pytest.fixture
def workshop(cast: Cast) -> Workshop:
    return Workshop(cast.werkhof, cast.petra, cast.now)


@pytest.fixture
def elsewhere(cast: Cast, workshop: Workshop) -> Facility:
    """The workshop of another organisation, of which Petra is an operator, no more."""
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    Membership.objects.create(organisation=other, member=cast.petra, role="operator")
    return workshop.open("Elsewhere", "elsewhere", other)


def sent(client: Client, row: Any, **changed: Any) -> dict[str, Any]:
    """The form of a row as its page would send it, with something changed."""
    page = client.get(change_url(row))
    form = {name: "" if value is None else value for name, value in page.context["adminform"].form.initial.items()}
    for lines in page.context["inline_admin_formsets"]:
        prefix = lines.formset.prefix
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return form | changed


@pytest.mark.django_db
def test_what_has_rates_and_prices_stays_where_they_were_meant(cast: Cast, workshop: Workshop) -> None:
    second = workshop.open("Second", "second")
    client = staff(cast.petra)
    client.post(change_url(workshop.router), sent(client, workshop.router, facility=second.pk, process="laser-cutting"))
    client.post(change_url(workshop.boards), sent(client, workshop.boards, facility=second.pk, kind=workshop.screws.pk))
    router, boards = Machine.objects.get(pk=workshop.router.pk), Material.objects.get(pk=workshop.boards.pk)
    assert (router.facility, router.process) == (workshop.facility, "cnc-routing")
    assert (boards.facility, boards.kind) == (workshop.facility, workshop.plywood)
    renamed = client.post(change_url(workshop.router), sent(client, workshop.router, name="Old router"))
    assert renamed.status_code == 302
    assert Machine.objects.get(name="Old router").state == Machine.State.WORKING
    planned = furnishing.plan_machine(facility=workshop.facility, name="Laser", process="cnc-routing")
    client.post(change_url(planned), sent(client, planned, process="laser-cutting"))
    assert Machine.objects.get(name="Laser").process == "laser-cutting"


@pytest.mark.django_db
def test_nothing_is_made_at_somebody_elses_place(cast: Cast, workshop: Workshop, elsewhere: Facility) -> None:
    client = staff(cast.petra)
    revision = workshop.released_stool()
    deadline = cast.now + datetime.timedelta(days=5)
    machine = {"facility": elsewhere.pk, "name": "Mole", "process": "cnc-routing"}
    lines = {f"{prefix}-{kind}_FORMS": 0 for prefix in ("rates", "rates-2") for kind in ("TOTAL", "INITIAL")}
    prices = {f"{prefix}-{kind}_FORMS": 0 for prefix in ("prices", "prices-2") for kind in ("TOTAL", "INITIAL")}
    run = {
        "revision": revision.pk,
        "facility": elsewhere.pk,
        "minimum_units": 3,
        "maximum_units": 9,
        "drop_margin_percent": 10,
        "packing_minor": 0,
        "tax_percent": 0,
        "fee_fraction": 0,
        "fee_fixed_minor": 0,
        "deadline_at_0": deadline.date(),
        "deadline_at_1": deadline.strftime("%H:%M:%S"),
        "window_minutes": 600,
    }
    tries: dict[str, dict[str, Any]] = {
        "campaigns_campaign": draft_form(cast, elsewhere),
        "facilities_machine": machine | lines,
        "facilities_material": {"facility": elsewhere.pk, "kind": workshop.plywood.pk, "name": "Mole"} | prices,
        "orders_run": run,
        "products_design": {
            "name": "Mole",
            "slug": "mole",
            "summary": "x",
            "maintainer_organisation": elsewhere.organisation_id,
        },
    }
    for name, form in tries.items():
        answer = client.post(reverse(f"admin:{name}_add"), form)
        field = "maintainer_organisation" if name == "products_design" else "facility"
        assert field in answer.context["adminform"].form.errors, name
    assert not Campaign.objects.exists()
    assert not Run.objects.exists()
    assert not Design.objects.filter(slug="mole").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["", "eur", "€"])
def test_amounts_in_no_currency_are_refused(cast: Cast, workshop: Workshop, currency: str) -> None:
    answer = staff(cast.petra).post(
        reverse("admin:campaigns_campaign_add"), draft_form(cast, workshop.facility, currency=currency)
    )
    assert answer.context["adminform"].form.errors
    assert not Campaign.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("year", [9999, 2206])
def test_a_year_that_was_mistyped_is_not_frozen(cast: Cast, workshop: Workshop, year: int) -> None:
    """Its pages could not even be shown east of Greenwich, where the last day of 9999 has no evening."""
    form = draft_form(cast, workshop.facility, deadline_at_0=f"{year}-12-31", deadline_at_1="23:59:59")
    answer = staff(cast.petra).post(reverse("admin:campaigns_campaign_add"), form)
    assert "deadline_at" in answer.context["adminform"].form.errors
    with pytest.raises(ValidationError) as caught:
        cast.fund("50.00", days=2 * 365 + 1)
    assert caught.value.code == "deadline_too_far"
    assert cast.fund("50.00", days=2 * 365)


@pytest.mark.django_db
def test_nothing_is_written_into_somebody_elses_rows(cast: Cast, workshop: Workshop, elsewhere: Facility) -> None:
    client = staff(cast.petra)
    theirs = workshop.stool("theirs", elsewhere.organisation)
    draft = drafted(cast, elsewhere, "theirs")
    own = workshop.stool("ours")
    line = theirs.bom_lines.first()
    assert line is not None
    forged = sent(client, own) | {
        "bom_lines-TOTAL_FORMS": 1, "bom_lines-INITIAL_FORMS": 1, "bom_lines-0-id": line.pk,
        "bom_lines-0-revision": own.pk, "bom_lines-0-position": 9, "bom_lines-0-kind": line.kind_id,
        "bom_lines-0-quantity": "999", "bom_lines-0-attrition": 0, "bom_lines-0-setup_quantity": 0,
    }  # fmt: skip
    client.post(change_url(own), forged)
    line.refresh_from_db()
    assert line.revision == theirs
    assert line.quantity != 999
    client.post(
        reverse("admin:products_revision_add"), {"design": theirs.design_id, "number": "9.9.9", "licence": "MIT"}
    )
    assert not Revision.objects.filter(number="9.9.9").exists()
    client.post(reverse("admin:campaigns_update_add"), {"campaign": draft.pk, "title": "Mole", "text": "x"})
    assert not Update.objects.exists()
    # Whoever operates there may look.
    assert client.get(change_url(draft)).status_code == 200
    for path in ("change/", "delete/"):
        assert client.post(change_url(draft).replace("change/", path), {"title": "Mole"}).status_code == 403, path
    Membership.objects.filter(organisation=elsewhere.organisation).delete()
    for path in ("change/", "history/"):
        assert client.get(change_url(draft).replace("change/", path)).status_code == 302, path


@pytest.mark.django_db
def test_a_role_that_is_lost_is_lost_at_once(cast: Cast, workshop: Workshop) -> None:
    client = staff(cast.petra)
    assert client.get(change_url(workshop.router)).status_code == 200
    Membership.objects.filter(member=cast.petra).update(role="operator")
    refused = client.post(change_url(workshop.router), {"name": "Mole"})
    assert refused.status_code == 403
    Membership.objects.filter(member=cast.petra).delete()
    assert client.get(change_url(workshop.router)).status_code in (302, 403)
    Member.objects.filter(pk=cast.petra.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302
    assert client.get("/me/").status_code == 302
