"""Campaigns that fund a workshop, their rewards, and who supports them."""

from campaigns.models.campaign import BudgetLine, Campaign, CampaignQuerySet
from campaigns.models.following import Following, FollowingQuerySet
from campaigns.models.gift import Gift
from campaigns.models.news import Update, UpdateQuerySet
from campaigns.models.reward import ShippingRate, Tier
from campaigns.models.search import SearchEntry
from campaigns.models.support import STANDING, Pledge, PledgeLine, PledgeQuerySet
from campaigns.models.talk import Comment, CommentQuerySet, Report
from campaigns.models.withdrawal import Withdrawal

__all__ = [
    "STANDING",
    "BudgetLine",
    "Campaign",
    "CampaignQuerySet",
    "Comment",
    "CommentQuerySet",
    "Following",
    "FollowingQuerySet",
    "Gift",
    "Pledge",
    "PledgeLine",
    "PledgeQuerySet",
    "Report",
    "SearchEntry",
    "ShippingRate",
    "Tier",
    "Update",
    "UpdateQuerySet",
    "Withdrawal",
]
