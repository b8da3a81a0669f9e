"""Campaigns that fund a workshop, their rewards, and who supports them."""

from campaigns.models.budget import BudgetLine, FeeAgreement, Spending, StretchGoal
from campaigns.models.campaign import Campaign, CampaignQuerySet
from campaigns.models.content import Faq, Picture
from campaigns.models.news import Update
from campaigns.models.reward import Tier
from campaigns.models.support import STANDING, Pledge, PledgeQuerySet

__all__ = [
    "STANDING",
    "BudgetLine",
    "Campaign",
    "CampaignQuerySet",
    "Faq",
    "FeeAgreement",
    "Picture",
    "Pledge",
    "PledgeQuerySet",
    "Spending",
    "StretchGoal",
    "Tier",
    "Update",
]
