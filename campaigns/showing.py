"""Campaigns with how far they are, as lists and pages show them."""

from __future__ import annotations

from typing import NamedTuple

from campaigns.models import Campaign
from funding import totals
from funding.models import Fund
from funding.progress import Progress


def as_launched(campaign: Campaign) -> Fund:
    """The fund that a draft would get, never saved: what its page shows before the launch."""
    return Fund(
        title=campaign.title,
        currency=campaign.currency,
        minimum_minor=campaign.minimum_minor,
        goal_minor=campaign.goal_minor,
        deadline_at=campaign.deadline_at,
        window_minutes=campaign.window_minutes,
    )


class Shown(NamedTuple):
    """A campaign with how far it is."""

    campaign: Campaign
    progress: Progress


def with_progress(campaigns: list[Campaign]) -> list[Shown]:
    """Each with how far it is; one query whatever their number."""
    funds = [campaign.fund for campaign in campaigns if campaign.fund is not None]
    standings = totals.standings(fund.pk for fund in funds)
    return [
        Shown(campaign, Progress(campaign.fund, standings[campaign.fund.pk]))
        for campaign in campaigns
        if campaign.fund is not None
    ]
