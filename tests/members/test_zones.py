"""One rule for time zones: the reader's own, else the workshop's, else the installation's; and never without a name."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from csm.local_stripe.process import LocalStripe
from facilities.models import Facility
from funding.mailing import announce
from members.clock import database_now
from members.models import Member
from tests.campaigns.test_api import launched
from tests.cast import DECLINED_LATER, Cast
from tests.csm.test_admin import change_url, draft_form, staff

PAGE = "/campaigns/laser/"
# 18:30 on the workshop's clock in winter.
DEADLINE = datetime.datetime(2031, 1, 15, 17, 30, tzinfo=datetime.UTC)
TIMES = re.compile(r"\d\d:\d\d (\S+?)[.<,;\s]")


def campaign_until(cast: Cast, deadline_at: datetime.datetime) -> Any:
    cast.now = deadline_at - datetime.timedelta(days=9)
    return launched(cast)


def living_in(zone: str, cast: Cast, name: str = "zoe") -> Client:
    member = cast.person(name)
    Member.objects.filter(pk=member.pk).update(time_zone=zone)
    client = Client()
    client.force_login(Member.objects.get(pk=member.pk))
    return client


@pytest.mark.django_db
def test_strangers_read_the_workshops_time_and_members_their_own(cast: Cast) -> None:
    campaign_until(cast, DEADLINE)
    assert "15 Jan 2031, 18:30 CET" in Client().get(PAGE).content.decode()
    for zone, said in (
        ("America/New_York", "15 Jan 2031, 12:30 EST"),
        # The installation's own zone is a member's own, too, when they have it.
        ("UTC", "15 Jan 2031, 17:30 UTC"),
    ):
        html = living_in(zone, cast, zone[-4:]).get(PAGE).content.decode()
        assert said in html
        assert "CET" not in html
    cache.clear()
    Facility.objects.update(time_zone="Asia/Tokyo")
    assert "16 Jan 2031, 02:30 JST" in Client().get(PAGE).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_window_follows_the_rule_on_pages_and_in_mails(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = campaign_until(cast, DEADLINE).fund
    cast.secured(fund, "90.00", stripe=local_stripe)
    petra = cast.person("pia")
    Member.objects.filter(pk=petra.pk).update(time_zone="Asia/Tokyo")
    petra.refresh_from_db()
    promise = cast.secured(fund, "60.00", petra, DECLINED_LATER, stripe=local_stripe)
    announce(promise, now=cast.now)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    fund.refresh_from_db()
    cache.clear()
    page = Client().get(PAGE).content.decode()
    assert "must still arrive by 22 Jan 2031, 18:30 CET" in page
    mails = {mail.subject: mail.message for mail in Email.objects.all() if petra.email in mail.to}
    announced = next(text for subject, text in mails.items() if "closes on" in subject)
    declined = next(text for subject, text in mails.items() if "declined" in subject)
    assert "16 Jan 2031, 02:30 JST" in announced
    assert "until 23 Jan 2031, 02:30 JST" in declined
    # Whoever follows the mail's link without logging in is its payer, too.
    link = re.search(r"http://[^/]+(/support/\S+)", declined)
    assert link is not None
    assert "23 Jan 2031, 02:30 JST" in Client().get(link[1]).content.decode()


@pytest.mark.django_db
def test_new_accounts_start_with_the_installations_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Madrid"
    assert Member().time_zone == "Europe/Madrid"
    assert Member(time_zone="Atlantis/Capital").zone.key == "Europe/Madrid"


@pytest.mark.django_db
def test_the_admin_names_the_zone_of_times_that_are_read_and_typed(cast: Cast) -> None:
    campaign = campaign_until(cast, DEADLINE)
    client = staff(cast.petra)
    with timezone.override("UTC"):
        for path in ("/admin/campaigns/campaign/", change_url(campaign.fund)):
            assert "15 Jan 2031, 17:30 UTC" in client.get(path).content.decode(), path
    Member.objects.filter(pk=cast.petra.pk).update(time_zone="America/New_York")
    for path in ("/admin/campaigns/campaign/add/", "/admin/orders/run/add/"):
        assert "In the time zone America/New York." in client.get(path).content.decode(), path
    year = database_now().year + 1
    form = draft_form(cast, campaign.facility) | {"deadline_at_0": f"{year}-02-01", "deadline_at_1": "12:00:00"}
    client.post("/admin/campaigns/campaign/add/", form)
    draft = type(campaign).objects.get(fund=None)
    assert draft.deadline_at.isoformat() == f"{year}-02-01T17:00:00+00:00"
