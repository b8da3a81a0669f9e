"""Campaigns that fund a workshop, their rewards, and who supports them."""

from campaigns.models.campaign import BudgetLine, Campaign, CampaignQuerySet
from campaigns.models.gift import Gift
from campaigns.models.news import Update
from campaigns.models.reward import ShippingRate, Tier
from campaigns.models.support import STANDING, Pledge, PledgeLine, PledgeQuerySet
from campaigns.models.withdrawal import Withdrawal

__all__ = [
    "STANDING",
    "BudgetLine",
    "Campaign",
    "CampaignQuerySet",
    "Gift",
    "Pledge",
    "PledgeLine",
    "PledgeQuerySet",
    "ShippingRate",
    "Tier",
    "Update",
    "Withdrawal",
]
