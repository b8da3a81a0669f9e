"""What people support stays what it is; and who joins late reads what that means, and only where it is possible."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from uuid6 import uuid7

from campaigns import launching, pledging
from campaigns.choosing import Choice
from campaigns.models import BudgetLine, Campaign, Pledge, Tier
from csm.local_stripe.process import LocalStripe
from funding import committing, deciding
from funding.models import Commitment, Fund
from payments.models import CardSetup
from products.drafting import describe_revision
from products.releasing import release_revision
from tests import cast as cards
from tests.campaigns.test_api import drafted, launched
from tests.cast import Cast, euro
from tests.funding.test_races import at_once
from tests.workshop import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

State = Commitment.State
HOUR = datetime.timedelta(hours=1)


def test_a_form_that_was_read_before_the_launch_changes_nothing_after_it(cast: Cast) -> None:
    campaign = drafted(cast)
    cast.approve(campaign)
    stale = Campaign.objects.get(pk=campaign.pk)
    launching.launch(campaign, by=cast.petra, now=cast.now)
    stale.minimum_minor = 1
    with pytest.raises(ValidationError) as refused:
        launching.save_draft(stale)
    assert refused.value.code == "campaign_launched"
    campaign.refresh_from_db()
    assert campaign.fund is not None
    assert campaign.minimum_minor == campaign.fund.minimum_minor == 100_00


@pytest.mark.race
def test_a_form_that_is_saved_while_it_is_launched_waits_and_is_refused(cast: Cast) -> None:
    campaign = drafted(cast)
    cast.approve(campaign)
    stale = Campaign.objects.get(pk=campaign.pk)
    stale.minimum_minor = 1
    launched_inside, saved = threading.Event(), threading.Event()
    waited: list[bool] = []

    def launch() -> None:
        with transaction.atomic():
            launching.launch(campaign, by=cast.petra, now=cast.now)
            launched_inside.set()
            waited.append(not saved.wait(1))

    def save() -> None:
        launched_inside.wait(10)
        try:
            launching.save_draft(stale)
        finally:
            saved.set()

    _launched, refused = at_once(launch, save)
    assert waited == [True]
    assert isinstance(refused, ValidationError)
    assert refused.code == "campaign_launched"


@pytest.mark.parametrize("change", [{"amount_minor": 1}, {"text": "One hour."}, {"title": "Morning"}])
def test_a_reward_stays_what_it_was_at_the_launch(cast: Cast, change: dict[str, Any]) -> None:
    campaign = drafted(cast)
    tier = campaign.tiers.get()
    Tier.objects.filter(pk=tier.pk).update(text="Three hours.")  # nobody could read it yet
    cast.launch(campaign)
    with pytest.raises(DatabaseError, match="launched"), transaction.atomic():
        Tier.objects.filter(pk=tier.pk).update(**change)
    with pytest.raises(DatabaseError, match="launched"), transaction.atomic():
        tier.delete()
    Tier.objects.filter(pk=tier.pk).update(cap=5)


# What guarded a reward before: it looked for whoever had chosen it, and saw nobody who was just about to.
LOOKS_FOR_PLEDGES = """
    CREATE OR REPLACE FUNCTION campaigns_lines_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM campaigns_pledgeline WHERE tier_id = OLD.id) THEN
            RAISE EXCEPTION 'chosen' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    END $$
"""


@contextmanager
def guarded_by(sql: Callable[[str], str]) -> Iterator[None]:
    """PostgreSQL with another function in place of the one that keeps the lines of a launched campaign."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('campaigns_lines_stay'::regproc)")
        (own,) = cursor.fetchone()
        other = sql(own)
        cursor.execute(other)
        try:
            yield
        finally:
            cursor.execute(own)


def rewrite(tier: Tier) -> str:
    """Write a reward anew past all of our code; what PostgreSQL says to it."""
    try:
        Tier.objects.filter(pk=tier.pk).update(text="One hour.")
    except DatabaseError as refusal:
        return str(refusal)
    return ""


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_a_reward_is_not_written_anew_in_the_instant_in_which_somebody_chooses_it(cast: Cast, guarded: bool) -> None:
    campaign = launched(cast)
    tier = campaign.tiers.create(title="Postcard", text="Thanks.", amount_minor=5_00)
    chosen, rewritten = threading.Event(), threading.Event()

    def choose() -> Pledge:
        with transaction.atomic():
            pledge = join(cast, cast.now, tier=tier)
            chosen.set()
            rewritten.wait(10)
        return pledge

    def write() -> str:
        chosen.wait(10)
        try:
            return rewrite(tier)
        finally:
            rewritten.set()

    with guarded_by(lambda own: own if guarded else LOOKS_FOR_PLEDGES):
        pledge, refused = at_once(choose, write)
    assert isinstance(pledge, Pledge)
    tier.refresh_from_db()
    assert ("is launched" in refused, tier.text) == ((True, "Thanks.") if guarded else (False, "One hour."))


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_a_reward_that_is_written_while_it_is_launched_waits_and_is_refused(cast: Cast, guarded: bool) -> None:
    campaign = drafted(cast)
    cast.approve(campaign)
    tier = campaign.tiers.get()
    launched_inside, written = threading.Event(), threading.Event()

    def launch() -> bool:
        with transaction.atomic():
            launching.launch(campaign, by=cast.petra, now=cast.now)
            launched_inside.set()
            return not written.wait(1)

    def write() -> str:
        launched_inside.wait(10)
        try:
            return rewrite(tier)
        finally:
            written.set()

    with guarded_by(lambda own: own if guarded else own.replace(" FOR SHARE", "")):
        waited, refused = at_once(launch, write)
    assert (waited, "is launched" in refused) == (guarded, guarded)


def lines_of(campaign: Campaign) -> list[BudgetLine | Tier]:
    """What a form that was opened before the launch would write."""
    return [
        BudgetLine(campaign=campaign, kind="reserve", label="x", amount_minor=1),
        Tier(campaign=campaign, title="New", text="x", amount_minor=1),
        campaign.budget.get(),
        campaign.tiers.get(),
    ]


def test_no_line_is_written_or_taken_out_after_the_launch(cast: Cast) -> None:
    campaign = drafted(cast)
    for line in (*lines_of(campaign)[:2], campaign.tiers.get()):
        launching.save_line(line)
    for kept in (campaign.budget.get(label="x"), campaign.tiers.get(title="New")):
        launching.discard_line(kept)
    lines = lines_of(campaign)
    cast.launch(campaign)
    for verb, some in ((launching.save_line, lines), (launching.discard_line, lines[2:])):
        for line in some:
            with pytest.raises(ValidationError) as refused:
                verb(line)
            assert refused.value.code == "campaign_launched"
    assert (campaign.budget.count(), campaign.tiers.count()) == (1, 1)


@pytest.mark.race
@pytest.mark.parametrize("guarded", [True, False])
def test_a_reward_that_joins_while_it_is_launched_waits_and_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    campaign = drafted(cast)
    cast.approve(campaign)
    launched_inside, saved = threading.Event(), threading.Event()
    if not guarded:
        monkeypatch.setattr(launching, "hold_draft", lambda campaign_id: None)

    def launch() -> bool:
        with transaction.atomic():
            launching.launch(campaign, by=cast.petra, now=cast.now)
            launched_inside.set()
            return not saved.wait(1)

    def save() -> None:
        launched_inside.wait(10)
        try:
            launching.save_line(Tier(campaign=campaign, title="New", text="x", amount_minor=1))
        finally:
            saved.set()

    _waited, refused = at_once(launch, save)
    assert getattr(refused, "code", "") == ("campaign_launched" if guarded else "")
    assert campaign.tiers.count() == (1 if guarded else 2)


def test_a_description_read_before_the_release_changes_nothing_after_it(cast: Cast) -> None:
    draft = Workshop(cast.werkhof, cast.petra, cast.now).stool()
    release_revision(draft, by=cast.petra, now=cast.now)
    assert not draft.is_released  # as it was read
    with pytest.raises(ValidationError) as refused:
        describe_revision(draft, licence="MIT", changelog="x")
    assert refused.value.code == "revision_released"


def join(cast: Cast, now: datetime.datetime, amount: str = "120.00", tier: Tier | None = None) -> Pledge:
    return pledging.pledge(
        campaign=Campaign.objects.get(),
        choices=[] if tier is None else [Choice(tier)],
        amount=euro(amount),
        form_key=uuid7(),
        accepted_from=None,
        success_url="http://x/",
        cancel_url="http://x/",
        by=cast.mia,
        now=now,
    )


def with_a_gap(cast: Cast, stripe: LocalStripe) -> Fund:
    """A campaign whose one supporter's card is declined."""
    fund = launched(cast).fund
    assert fund is not None
    cast.secured(fund, "100.00", number=cards.DECLINED_LATER, stripe=stripe)
    fund = cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert fund.state == Fund.State.COLLECTING
    return fund


def test_who_fills_a_gap_agrees_to_be_charged_at_once_and_is(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = with_a_gap(cast, local_stripe)
    at = fund.deadline_at + HOUR
    late = join(cast, at)
    said = late.commitment.consents.get().text
    assert "at once" in said
    assert "cannot change or withdraw" in said
    assert late.commitment.setup is not None
    assert late.commitment.setup.mandate_text == said
    card = cast.saved_card(local_stripe, cast.mia)
    CardSetup.objects.filter(pk=late.commitment.setup.pk).update(state="complete", card=card)
    committing.settle_draft(late.commitment_id, now=at)
    late.commitment.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        pledging.withdraw(late, by=cast.mia, now=at)
    assert refused.value.code == "fund_closed"
    cast.collect_all(at)
    payment = cast.payment_of(late.commitment)
    assert (late.commitment.state, payment.received_minor) == (State.PAID, 120_00)


def test_who_is_in_time_agrees_to_be_charged_only_if_enough_is_promised(cast: Cast) -> None:
    launched(cast)
    said = join(cast, cast.now).commitment.consents.get().text
    assert "at once" not in said
    assert "If at least the minimum of €" in said
    assert "I can change or withdraw" in said


@pytest.mark.parametrize(
    ("fills_gap", "takes_late", "state", "hours", "open_"),
    [
        (True, False, "collecting", 1, True),
        (True, False, "collecting", 7 * 24, False),  # the window is over
        (False, True, "collecting", 1, False),
        (True, False, "met", 1, False),
        (False, True, "met", 1, True),
        (True, True, "closing", 1, False),
        (True, True, "refunding", 1, False),
        (True, True, "settled", 1, False),
        (True, True, "open", 0, False),  # its deadline has come, and nobody has closed it yet
        (True, True, "open", -1, True),
    ],
)
def test_late_support_is_taken_where_the_fund_says_so(
    cast: Cast, fills_gap: bool, takes_late: bool, state: str, hours: int, open_: bool
) -> None:
    fund = cast.fund("50.00", fills_gap=fills_gap, takes_late=takes_late)
    end = fund.deadline_at
    window = datetime.timedelta(days=7)
    Fund.objects.filter(pk=fund.pk).update(state=state, required_minor=50_00, window_ends_at=end + window)
    now = end + hours * HOUR
    with transaction.atomic():
        if open_:
            assert committing.hold_open(fund.pk, now=now) == fund
        else:
            with pytest.raises(ValidationError) as refused:
                committing.hold_open(fund.pk, now=now)
            assert refused.value.code == "fund_closed"


def test_a_card_saved_when_a_gap_is_closed_already_is_never_charged(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = with_a_gap(cast, local_stripe)
    at = fund.deadline_at + HOUR
    late = join(cast, at)
    card = cast.saved_card(local_stripe, cast.mia)
    CardSetup.objects.filter(purpose_id=late.commitment_id).update(state="complete", card=card)
    assert fund.window_ends_at is not None
    end = cast.run_out(fund)
    assert fund.state == Fund.State.REFUNDING
    committing.settle_draft(late.commitment_id, now=end)
    cast.collect_all(end)
    late.commitment.refresh_from_db()
    assert (late.commitment.state, late.commitment.payment) == (State.ABANDONED, None)
    assert not deciding.decide(fund.pk, now=end)
