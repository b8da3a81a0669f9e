"""The producer's dashboard: one's own figures, nobody else's, at a number of queries that does not grow."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from csm import producing
from csm.local_stripe.process import LocalStripe
from csm.progress_chart import growth
from funding import sources
from funding.forecasting import PRIOR_RATE, Past, forecast, loss_rate
from funding.models import Commitment
from funding.sources import Day
from members import zones
from members.models import Member, Membership, Organisation
from tests.campaigns.test_api import drafted, launched
from tests.cast import NEVER_AGAIN, Cast, euro
from tests.everything import Everything

BERLIN = zones.named("Europe/Berlin")


def visitor(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def test_the_forecast_begins_with_what_is_believed_and_learns() -> None:
    assert loss_rate(Past()) == PRIOR_RATE
    assert loss_rate(Past(1_000_000, 100_000)) == pytest.approx(0.1, abs=1e-4)
    assert loss_rate(Past(60, 60)) > loss_rate(Past(60, 6)) > loss_rate(Past(60, 0)) > 0
    seen = forecast(secured=euro("100.00"), minimum=euro("95.01"), past=Past())
    assert (seen.expected, seen.likely_lost, seen.percent) == (euro("95.00"), euro("5.00"), 5)
    assert seen.safe_line == euro("100.02")
    assert (seen.decides_to_charge, seen.is_safe, seen.to_safety) == (True, False, euro("0.02"))
    # At the safe line as much as the minimum is expected, one cent below it is not.
    assert forecast(secured=seen.safe_line, minimum=seen.minimum, past=Past()).expected >= seen.minimum
    below = forecast(secured=seen.safe_line - euro("0.01"), minimum=seen.minimum, past=Past())
    assert below.expected < seen.minimum
    assert not forecast(secured=euro("0.00"), minimum=euro("1.00"), past=Past()).decides_to_charge


def test_the_curve_rises_to_what_is_promised_and_ends_today() -> None:
    first = datetime.date(2026, 5, 1)
    days = [Day(first + datetime.timedelta(days=2), 1, euro("50.00"), euro("50.00"))]
    drawn = growth(
        days,
        opened_on=first,
        today=first + datetime.timedelta(days=5),
        ends_on=first + datetime.timedelta(days=10),
        minimum_minor=100_00,
        safe_minor=None,
    )
    assert drawn.path == "M96 230H202V122H362"
    assert (drawn.minimum_at, drawn.safe_at) == (14, None)
    assert [tick.on.day for tick in drawn.days] == [1, 4, 7, 11]
    # A collection that opens and ends on one day is drawn too.
    assert growth([], opened_on=first, today=first, ends_on=first, minimum_minor=1, safe_minor=2).path == "M96 230H96"


@pytest.mark.django_db
def test_days_and_sources_add_up_to_what_is_promised(cast: Cast) -> None:
    fund, other = cast.fund("100.00"), cast.fund("100.00")
    tomorrow = cast.now + datetime.timedelta(days=1)
    earlier = cast.secured(other, "10.00", member=cast.mia)
    Commitment.objects.filter(pk=earlier.pk).update(created_at=cast.now - datetime.timedelta(days=30))
    cast.secured(fund, "20.00", member=cast.mia)
    cast.secured(fund, "30.00", member=cast.olga, now=tomorrow)
    firm = cast.secured(fund, "40.00", member=cast.theo, now=tomorrow)
    Commitment.objects.filter(pk=firm.pk).update(organisation=cast.werkhof)
    gone = cast.secured(fund, "99.00")
    Commitment.objects.filter(pk=gone.pk).update(state="withdrawn")
    cast.draft(fund, cast.petra, "98.00")
    days = sources.by_day(fund, BERLIN)
    assert [(day.promises, day.amount, day.whole) for day in days] == [
        (1, euro("20.00"), euro("20.00")),
        (2, euro("70.00"), euro("90.00")),
    ]
    found = {(one.is_organisation, one.is_returning): (one.promises, one.amount) for one in sources.sources(fund)}
    assert found == {
        (True, False): (1, euro("40.00")),
        (False, False): (1, euro("30.00")),
        (False, True): (1, euro("20.00")),
    }


@pytest.mark.django_db(transaction=True)
def test_past_failures_are_those_of_the_organisation(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("50.00")
    cast.secured(fund, "60.00", stripe=local_stripe)
    cast.secured(fund, "60.00", stripe=local_stripe, number=NEVER_AGAIN)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    cast.run_out(fund)
    assert sources.pasts([cast.werkhof.pk]) == {cast.werkhof.pk: Past(2, 1)}
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    assert sources.pasts([other.pk]) == {}


@pytest.mark.django_db
def test_who_follows_no_money_of_an_organisation_does_not_see_its_figures(cast: Cast) -> None:
    everything = Everything(cast)
    other = Organisation.objects.create(name="Elsewhere eG", slug="elsewhere", kind="cooperative")
    egon = cast.person("egon")
    Membership.objects.create(organisation=other, member=egon, role="owner")
    pages = ("/producing/campaigns/laser/", f"/producing/batches/{everything.run.pk}/")
    for member in (cast.petra, cast.theo):
        client = visitor(member)
        assert [client.get(page).status_code for page in pages] == [200, 200]
        html = client.get("/producing/").content.decode()
        assert all(page in html for page in pages)
    for member in (cast.mia, cast.olga, egon):
        client = visitor(member)
        assert [client.get(page).status_code for page in pages] == [404, 404]
        html = client.get("/producing/").content.decode()
        assert "Laser cutter" not in html
    assert "/accounts/login/" in Client().get(pages[0]).headers["Location"]


@pytest.mark.django_db
def test_the_overview_says_what_lacks_and_what_will_come_of_it(cast: Cast) -> None:
    campaign = launched(cast)
    assert campaign.fund is not None
    draft = drafted(cast, campaign.facility, "saw")
    draft.tiers.all().delete()
    client = visitor(cast.petra)
    html = client.get("/producing/").content.decode()
    assert "There is no reward to choose." in html
    assert "€105.27 more and it is on the safe side" in html
    cast.secured(campaign.fund, "101.00")
    assert "some may fail: €4.27 more" in client.get("/producing/").content.decode()
    cast.secured(campaign.fund, "20.00")
    page = client.get("/producing/campaigns/laser/")
    assert "Enough is promised, even if some cards fail." in page.content.decode()
    assert page.context["forecast"].expected == euro("114.95")
    assert [day.whole for day in page.context["days"]] == [euro("121.00")]
    cast.close(campaign.fund)
    assert client.get("/producing/campaigns/laser/").context["forecast"] is None
    # A draft has no figures yet.
    assert client.get("/producing/campaigns/saw/").status_code == 404


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    everything = Everything(cast)
    client = visitor(cast.petra)

    def asked(page: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    pages = ("/producing/", "/producing/campaigns/laser/", f"/producing/batches/{everything.run.pk}/")
    for number in range(producing.MOST_DRAFTS):
        drafted(cast, everything.workshop.facility, f"early-{number}")
    # What the process keeps from then on is asked once.
    asked(pages[0])
    few = [asked(page) for page in pages]
    assert few[0] <= 16 + 8 * producing.MOST_DRAFTS
    assert max(few[1:]) <= 11
    fund = everything.campaign.fund
    assert fund is not None
    for number in range(6):
        drafted(cast, everything.workshop.facility, f"draft-{number}")
        cast.secured(fund, "20.00", now=cast.now + datetime.timedelta(days=number))
    assert [asked(page) for page in pages] == few


@pytest.mark.django_db
def test_somebody_without_a_workshop_is_told_so(cast: Cast) -> None:
    assert "You follow the money of no workshop." in visitor(cast.mia).get("/producing/").content.decode()
