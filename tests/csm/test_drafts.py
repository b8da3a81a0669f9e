"""Drafts: what could never be launched is refused beside its field, and what nobody relies on can be deleted."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from campaigns import launching
from campaigns.models import BudgetLine, Campaign, Tier
from members.models import Transition
from orders.models import Run
from products import drafting
from products.models import BomLine, Design, Revision
from tests.campaigns.test_api import launched
from tests.cast import Cast
from tests.csm.test_admin import change_url, draft_form, staff
from tests.workshop import Workshop


def wrong_fields(answer: Any) -> list[str]:
    """Every field with an error, of the row and of its lines; a raw constraint would be an error of no field."""
    forms = [answer.context["adminform"].form]
    for inline in answer.context["inline_admin_formsets"]:
        forms += inline.formset.forms
    assert "onstraint" not in answer.content.decode()
    return [name for form in forms for name in form.errors]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minimum_minor": "0"}, "minimum_minor"),
        ({"minimum_minor": "-5"}, "minimum_minor"),
        ({"minimum_minor": "900"}, "goal_minor"),
        ({"days": -1}, "deadline_at"),
        ({"window_minutes": 0}, "window_minutes"),
        ({"window_minutes": 60 * 24 * 60 + 1}, "window_minutes"),
        ({"budget-0-amount_minor": "0"}, "amount_minor"),
        ({"tiers-0-amount_minor": "0"}, "amount_minor"),
        ({"tiers-0-cap": "0"}, "cap"),
        ({"tiers-0-units": "2"}, "units"),
        ({"tiers-0-hours": "2"}, "hours"),
        ({"tiers-0-gives": "machine_hours"}, "hours"),
        ({"tiers-0-gives": "product"}, "revision"),
    ],
)
def test_an_impossible_draft_is_refused_beside_its_field(cast: Cast, changed: dict[str, Any], field: str) -> None:
    facility = Workshop(cast.werkhof, cast.petra, cast.now).facility
    client, add = staff(cast.petra), reverse("admin:campaigns_campaign_add")
    answer = client.post(add, draft_form(cast, facility, **changed))
    assert answer.status_code == 200
    assert wrong_fields(answer) == [field]
    assert not Campaign.objects.exists()
    assert client.post(add, draft_form(cast, facility)).status_code == 302


@pytest.mark.django_db
def test_a_reward_of_a_design_says_how_many_pieces(cast: Cast) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    revision = workshop.released_stool()
    add = reverse("admin:campaigns_campaign_add")
    form = draft_form(cast, workshop.facility, **{"tiers-0-revision": revision.pk, "tiers-0-gives": "product"})
    assert wrong_fields(staff(cast.petra).post(add, form)) == ["units"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minimum_units": 0}, "minimum_units"),
        ({"maximum_units": 2}, "maximum_units"),
        ({"maximum_units": 2_001}, "maximum_units"),
        ({"drop_margin_percent": -1}, "drop_margin_percent"),
        ({"tax_percent": 101}, "tax_percent"),
        ({"fee_percent": "30"}, "fee_percent"),
        ({"packing_minor": "-1"}, "packing_minor"),
        ({"days": -1}, "deadline_at"),
    ],
)
def test_an_impossible_batch_is_refused_beside_its_field(cast: Cast, changed: dict[str, Any], field: str) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    deadline = cast.now + datetime.timedelta(days=changed.pop("days", 5))
    form = {
        "revision": workshop.released_stool().pk,
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
        **changed,
    }
    answer = staff(cast.petra).post(reverse("admin:orders_run_add"), form)
    assert answer.status_code == 200
    assert wrong_fields(answer) == [field]
    assert not Run.objects.exists()


def discard(client: Client, row: Any) -> int:
    return client.post(change_url(row).replace("change/", "do/discard/")).status_code


@pytest.mark.django_db
def test_a_draft_campaign_is_deleted_with_its_lines_and_a_launched_one_never(cast: Cast) -> None:
    live = launched(cast)
    client, operator = staff(cast.petra), staff(cast.olga)
    client.post(reverse("admin:campaigns_campaign_add"), draft_form(cast, live.facility))
    draft = Campaign.objects.get(fund=None)
    question = client.get(change_url(draft).replace("change/", "do/discard/"))
    assert "lines of its budget 1, rewards 1" in question.content.decode()
    assert discard(operator, draft) == 404
    assert Campaign.objects.filter(pk=draft.pk).exists()
    assert discard(client, draft) == 302
    assert not Campaign.objects.filter(pk=draft.pk).exists()
    assert not BudgetLine.objects.filter(campaign_id=draft.pk).exists()
    assert not Tier.objects.filter(campaign_id=draft.pk).exists()
    assert Transition.objects.filter(subject_id=draft.pk, to_state="discarded", by=cast.petra).exists()
    assert discard(client, live) == 404
    with pytest.raises(ValidationError) as refusal:
        launching.discard_draft(live, by=cast.petra, now=cast.now)
    assert refusal.value.code == "campaign_launched"
    assert live.tiers.exists()


@pytest.mark.django_db
def test_drafts_of_designs_are_deleted_and_released_ones_never(cast: Cast) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    released = workshop.released_stool()
    draft, unborn = workshop.version(released.design, "1.1.0"), workshop.stool("bench").design
    client = staff(cast.petra)
    assert discard(client, draft) == 302
    assert not BomLine.objects.filter(revision_id=draft.pk).exists()
    assert not Revision.objects.filter(pk=draft.pk).exists()
    assert discard(client, unborn) == 302
    assert not Design.objects.filter(pk=unborn.pk).exists()
    assert discard(client, released) == discard(client, released.design) == 404
    with pytest.raises(ValidationError) as version:
        drafting.discard_revision(released, by=cast.petra, now=cast.now)
    with pytest.raises(ValidationError) as design:
        drafting.discard_design(released.design, by=cast.petra, now=cast.now)
    assert (version.value.code, design.value.code) == ("revision_released", "design_released")
    assert released.bom_lines.exists()


@pytest.mark.django_db
def test_a_draft_that_something_refers_to_is_kept_whole(cast: Cast) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    draft = workshop.stool()
    campaign = launched(cast, workshop.facility)
    Tier.objects.create(
        campaign=campaign, title="Stool", text="One.", amount_minor=50_00, gives="product", revision=draft, units=1
    )
    with pytest.raises(ValidationError) as refusal:
        drafting.discard_revision(draft, by=cast.petra, now=cast.now)
    assert refusal.value.code == "revision_in_use"
    assert draft.bom_lines.exists()
