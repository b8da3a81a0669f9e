"""From a draft to a live campaign in one go, for whoever needs one: the demonstration, the bench, the tests."""

from __future__ import annotations

import datetime

from campaigns import budgeting, launching, reviewing
from campaigns.models import Campaign
from members.models import Member


def agree(campaign: Campaign, *, by: Member, now: datetime.datetime) -> None:
    """`by` reads who bears lost fees, and agrees."""
    campaign.refresh_from_db()
    budgeting.agree(campaign, words=budgeting.agreement_words(campaign), by=by, now=now)


def approve(campaign: Campaign, *, by: Member, reviewer: Member, now: datetime.datetime) -> None:
    """Lost fees agreed to and sent to review by `by`, approved by `reviewer`."""
    agree(campaign, by=by, now=now)
    reviewing.submit(campaign, by=by, now=now)
    reviewing.approve(campaign, by=reviewer, now=now)


def go_live(campaign: Campaign, *, by: Member, reviewer: Member, now: datetime.datetime) -> None:
    """The same, launched."""
    approve(campaign, by=by, reviewer=reviewer, now=now)
    launching.launch(campaign, by=by, now=now)
