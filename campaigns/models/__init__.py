"""Campaigns that fund a workshop, their rewards, and who supports them."""

from campaigns.models.campaign import BudgetLine, Campaign, CampaignQuerySet
from campaigns.models.news import Update
from campaigns.models.reward import Tier
from campaigns.models.search import SearchEntry
from campaigns.models.support import STANDING, Pledge, PledgeQuerySet

__all__ = [
    "STANDING",
    "BudgetLine",
    "Campaign",
    "CampaignQuerySet",
    "Pledge",
    "PledgeQuerySet",
    "SearchEntry",
    "Tier",
    "Update",
]
