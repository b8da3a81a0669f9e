"""What the goal pays for: reckoned, agreed to, frozen, and what was spent of it."""

from __future__ import annotations

import datetime
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from campaigns import budgeting, checklist, launching, reckoning, reviewing
from campaigns.models import BudgetLine, Campaign, FeeAgreement, Spending, StretchGoal
from campaigns.reckoning import CardFee, Expected
from facilities import furnishing
from funding.models import Fund
from members.models import Organisation
from payments.money import Money
from tests.campaigns.test_api import drafted, launched
from tests.campaigns.test_reviewing import visitor
from tests.cast import Cast, euro
from tests.funding.test_races import at_once
from tests.workshop import Workshop

PAGE = "/campaigns/laser/"
FEE = CardFee(Decimal("1.5"), Decimal("0.25"))
EXPECTED = Expected(
    promises=40,
    loss_percent=Decimal(5),
    tax_percent=Decimal(19),
    reward_minor=150,
    organising_hours=Decimal("2.5"),
    wage_minor=24_00,
)
TYPED = {
    "minimum": "150",
    "goal": "400",
    "promises": "10",
    "loss_percent": "5",
    "tax_percent": "0",
    "reward": "2",
    "organising_hours": "0",
}


def test_what_is_forgotten_is_reckoned_to_the_cent() -> None:
    costs = reckoning.costs(euro("1000.00"), EXPECTED, FEE)
    # 1.5 % of 1000 and 40 × 0.25; 5 % of 1000; 1000 × 19 ÷ 119, rounded up; 40 × 1.50; 2.5 h × 24.00
    assert costs == (25_00, 50_00, 159_67, 60_00, 60_00)
    yen = reckoning.costs(Money(100_000, "JPY"), EXPECTED, CardFee(Decimal("3.6"), Decimal(0)))
    assert yen.fees == 3_600


@given(st.integers(1, 10**9), st.decimals(0, 50, places=1))
def test_on_the_safe_line_the_minimum_arrives_and_a_cent_below_it_does_not(minimum: int, loss: Decimal) -> None:
    safe = reckoning.safe_line(Money(minimum, "EUR"), loss).minor
    kept = 1 - loss / 100
    assert safe * kept >= minimum
    assert (safe - 1) * kept < minimum


@pytest.mark.django_db
def test_a_producer_reckons_and_takes_the_lines_over(cast: Cast) -> None:
    draft, producer = drafted(cast), visitor(cast.petra)
    draft.budget.create(kind="fees", label="A guess", amount_minor=1)
    first = producer.get(f"{PAGE}budget/")
    assert 'value="100.00"' in first.content.decode()
    seen = producer.get(f"{PAGE}budget/", TYPED).content.decode()
    # 150 ÷ 0.95, and what the room costs beside 8.50 + 20 + 20
    for text in (
        "€157.90",
        "Card fees for 10 payments",
        "€8.50",
        "€351.50",
        "€151.50 of the goal pays for nothing yet",
    ):
        assert text in seen.replace("\u00a0", " "), text
    assert draft.budget.count() == 2  # looking wrote nothing
    wrong = producer.get(f"{PAGE}budget/", {**TYPED, "goal": "100"}).content.decode()
    assert "The goal cannot be below the minimum." in wrong
    assert producer.post(f"{PAGE}budget/", TYPED).status_code == 302
    draft.refresh_from_db()
    assert (draft.minimum_minor, draft.goal_minor) == (150_00, 400_00)
    assert sorted(draft.budget.values_list("kind", "amount_minor")) == [
        ("building", 200_00),
        ("fees", 8_50),
        ("losses", 20_00),
        ("rewards", 20_00),
    ]
    # Again with other words: the lines are written anew, those of the producer stay.
    producer.post(f"{PAGE}budget/", {**TYPED, "reward": "0"})
    assert not draft.budget.filter(kind="rewards").exists()
    assert draft.budget.count() == 3


@pytest.mark.django_db
def test_nobody_else_reckons_and_a_submitted_draft_is_left_alone(cast: Cast) -> None:
    draft = drafted(cast)
    assert Client().get(f"{PAGE}budget/").status_code == 302
    assert visitor(cast.olga).get(f"{PAGE}budget/").status_code == 403
    assert visitor(cast.mia).get(f"{PAGE}budget/").status_code == 404
    cast.approve(draft)
    assert visitor(cast.petra).post(f"{PAGE}budget/", TYPED).status_code == 302
    draft.refresh_from_db()
    assert draft.goal_minor == 200_00
    with pytest.raises(ValidationError) as submitted:
        budgeting.take_over(draft, EXPECTED, now=cast.now)
    assert submitted.value.code == "campaign_submitted"


def missing(campaign: Campaign, cast: Cast) -> set[str | None]:
    return {one.code for one in checklist.missing_for_launch(campaign, now=cast.now)}


@pytest.mark.django_db
def test_the_bearer_of_lost_fees_agrees_to_the_words_of_this_goal(cast: Cast) -> None:
    draft, producer = drafted(cast), visitor(cast.petra)
    assert missing(draft, cast) == {"fees_not_agreed"}
    assert visitor(cast.olga).post(f"{PAGE}draft/agree/").status_code == 403
    read = budgeting.agreement_words(draft)
    assert escape(read) in producer.get(PAGE).content.decode()
    producer.post(f"{PAGE}draft/agree/", {"words": read.replace("200.00", "100.00")})
    assert not FeeAgreement.objects.exists()
    producer.post(f"{PAGE}draft/agree/", {"words": read})
    agreement = FeeAgreement.objects.get()
    assert (agreement.member, agreement.organisation, agreement.goal_minor) == (cast.petra, cast.werkhof, 200_00)
    assert "Werkhof eG bears them" in agreement.text
    assert "Agreed by Petra" in producer.get(PAGE).content.decode()
    assert missing(draft, cast) == set()
    Campaign.objects.update(goal_minor=300_00)
    draft.refresh_from_db()
    assert missing(draft, cast) == {"fees_not_agreed", "budget_differs"}
    draft.budget.update(amount_minor=300_00)
    cast.agree(draft)
    reviewing.submit(draft, by=cast.petra, now=cast.now)
    with pytest.raises(ValidationError) as late:
        cast.agree(draft)
    assert late.value.code == "campaign_submitted"
    reviewing.approve(draft, by=cast.rita, now=cast.now)
    launching.launch(draft, by=cast.petra, now=cast.now)
    assert Fund.objects.get().fee_bearer == agreement.organisation


@pytest.mark.django_db
def test_a_machine_line_names_a_planned_machine_of_this_workshop(cast: Cast) -> None:
    draft = drafted(cast)
    cast.agree(draft)
    line = BudgetLine(campaign=draft, kind="machine", label="Lathe", amount_minor=50_00)
    draft.budget.update(amount_minor=150_00)
    launching.save_line(line)
    assert missing(draft, cast) == {"machine_not_named"}
    line.machine = draft.facility.machines.get()  # it works already
    launching.save_line(line)
    assert missing(draft, cast) == {"machine_not_planned"}
    line.machine = furnishing.plan_machine(facility=draft.facility, name="Lathe", process="cnc-turning")
    launching.save_line(line)
    assert missing(draft, cast) == set()
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    workshop = Workshop.__new__(Workshop)
    workshop.organisation, workshop.by, workshop.now, workshop.day = other, cast.petra, cast.now, cast.now.date()
    elsewhere = workshop.open("Elsewhere", "elsewhere")
    foreign = furnishing.plan_machine(facility=elsewhere, name="Lathe", process="cnc-turning")
    for wrong, code in (
        ({"machine": foreign}, "machine_elsewhere"),
        ({"kind": "material"}, "machine_of_another_kind"),
    ):
        row: Any = BudgetLine.objects.get(pk=line.pk)
        for name, value in wrong.items():
            setattr(row, name, value)
        with pytest.raises(ValidationError) as refused:
            launching.save_line(row)
        assert refused.value.error_dict["machine"][0].code == code


@pytest.mark.django_db
def test_the_minimum_pays_for_what_is_needed_to_begin(cast: Cast) -> None:
    draft = drafted(cast)
    cast.agree(draft)
    draft.budget.update(is_required=True)
    assert missing(draft, cast) == {"required_above_minimum"}
    draft.budget.update(amount_minor=100_00)
    draft.budget.create(kind="reserve", label="Later", amount_minor=100_00, is_required=False)
    assert missing(draft, cast) == set()


@pytest.mark.django_db
def test_stretch_goals_lie_beyond_the_goal_stay_and_more_may_join(cast: Cast) -> None:
    draft, producer = drafted(cast), visitor(cast.petra)
    with pytest.raises(ValidationError) as within:
        launching.save_line(StretchGoal(campaign=draft, amount_minor=200_00, title="x", unlocks="x"))
    assert within.value.error_dict["amount_minor"][0].code == "stretch_within_goal"
    launching.save_line(StretchGoal(campaign=draft, amount_minor=300_00, title="Chiller", unlocks="Longer evenings."))
    cast.launch(draft)
    assert draft.fund is not None
    html = Client().get(PAGE).content.decode()
    assert "Longer evenings." in html
    assert "€300.00 to go" in html
    with pytest.raises(ValidationError) as frozen:
        launching.save_line(draft.stretch_goals.get())
    assert frozen.value.code == "campaign_launched"
    typed = {"do": "stretch", "amount": "200", "title": "Roof", "unlocks": "Work in the rain."}
    assert "It lies above the goal." in producer.post(f"{PAGE}organise/", typed).content.decode()
    assert producer.post(f"{PAGE}organise/", {**typed, "amount": "500"}).status_code == 302
    assert "Work in the rain." in producer.get(PAGE).content.decode()
    assert visitor(cast.theo).post(f"{PAGE}organise/", {**typed, "amount": "600"}).status_code == 404
    Fund.objects.update(state=Fund.State.CANCELLED)
    draft.fund.refresh_from_db()
    with pytest.raises(ValidationError) as closed:
        budgeting.add_stretch_goal(StretchGoal(campaign=draft, amount_minor=700_00), now=cast.now)
    assert closed.value.code == "campaign_closed"


def funded(cast: Cast) -> Campaign:
    """A campaign whose money has arrived."""
    campaign = launched(cast)
    Fund.objects.update(state=Fund.State.MET, outcome="met", required_minor=100_00, window_ends_at=cast.now)
    return Campaign.objects.select_related("fund").get(pk=campaign.pk)


@pytest.mark.django_db
def test_what_was_spent_is_public_and_says_what_is_left(cast: Cast) -> None:
    campaign, treasurer = funded(cast), visitor(cast.theo)
    line = campaign.budget.get()
    typed = {
        "do": "spend",
        "line": line.pk,
        "amount": "80.50",
        "evidence": "Invoice 17",
        "spent_on": f"{cast.now:%Y-%m-%d}",
    }
    assert "Organise this campaign" in treasurer.get(PAGE).content.decode()
    assert treasurer.post(f"{PAGE}organise/", typed).status_code == 302
    row = Spending.objects.get()
    assert (row.amount_minor, row.by, row.budget_line) == (80_50, cast.theo, line)
    html = Client().get(PAGE).content.decode()
    for text in ("Left to spend", "Invoice 17", "€80.50", "€119.50"):
        assert text in html
    assert "Theo" not in html
    assert "more would be" not in html
    back = treasurer.post(f"{PAGE}organise/", {**typed, "amount": "-80.51"}).content.decode()
    assert "That is more than was spent on it." in back
    assert treasurer.post(f"{PAGE}organise/", {**typed, "amount": "-80.50"}).status_code == 302
    for member, status in ((cast.mia, 403), (cast.olga, 403)):
        assert visitor(member).post(f"{PAGE}organise/", typed).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": euro("0.00")}, "amount_zero"),
        ({"amount": Money(5, "CHF")}, "currency_differs"),
        ({"evidence": " "}, "evidence_missing"),
        ({"days": 2}, "day_ahead"),
        ({"amount": euro("-1.00")}, "less_than_nothing"),
        ({"state": Fund.State.OPEN}, "campaign_not_funded"),
    ],
)
def test_what_is_not_spending_is_refused(cast: Cast, changed: dict[str, Any], code: str) -> None:
    campaign = funded(cast)
    Fund.objects.update(state=changed.pop("state", Fund.State.MET))
    words = {
        "amount": euro("5.00"),
        "evidence": "Invoice 1",
        "spent_on": cast.now.date() + datetime.timedelta(days=changed.pop("days", 0)),
        **changed,
    }
    line = BudgetLine.objects.get(campaign=campaign)
    with pytest.raises(ValidationError) as refused:
        budgeting.spend(line, by=cast.petra, now=cast.now, **words)
    assert refused.value.code == code
    assert not Spending.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_who_put_the_same_spending_right_come_one_after_the_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    line = funded(cast).budget.get()
    spend = {"evidence": "Invoice 1", "spent_on": cast.now.date(), "by": cast.petra, "now": cast.now}
    budgeting.spend(line, amount=euro("10.00"), **spend)
    if not guarded:
        rows = BudgetLine.objects.all()
        monkeypatch.setattr(type(rows), "select_for_update", lambda self, **_kind: self)
    together = threading.Barrier(2)

    def put_right() -> None:
        with transaction.atomic():
            together.wait(10)
            budgeting.spend(line, amount=euro("-10.00"), **spend)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.5)")

    results = at_once(put_right, put_right)
    refused = [one.code for one in results if isinstance(one, ValidationError)]
    assert refused == (["less_than_nothing"] if guarded else [])
