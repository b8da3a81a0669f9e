"""Campaigns that fund a workshop, their rewards, and who supports them."""

from campaigns.models.budget import BudgetLine, FeeAgreement, Spending, StretchGoal
from campaigns.models.campaign import Campaign, CampaignQuerySet
from campaigns.models.content import Faq, Picture
from campaigns.models.following import Following, FollowingQuerySet
from campaigns.models.gift import Gift
from campaigns.models.news import Update, UpdateQuerySet
from campaigns.models.other_money import InKind, OtherMoney
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
    "Faq",
    "FeeAgreement",
    "Following",
    "FollowingQuerySet",
    "Gift",
    "InKind",
    "OtherMoney",
    "Picture",
    "Pledge",
    "PledgeLine",
    "PledgeQuerySet",
    "Report",
    "SearchEntry",
    "ShippingRate",
    "Spending",
    "StretchGoal",
    "Tier",
    "Update",
    "UpdateQuerySet",
    "Withdrawal",
]
