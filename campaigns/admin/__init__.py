"""Campaigns in the admin, one module a subject."""

from campaigns.admin.budget import SpendingAdmin
from campaigns.admin.campaign import CampaignAdmin
from campaigns.admin.content import FaqAdmin
from campaigns.admin.in_kind import InKindAdmin
from campaigns.admin.news import UpdateAdmin
from campaigns.admin.reward import TierAdmin
from campaigns.admin.support import PledgeAdmin
from campaigns.admin.talk import CommentAdmin
from campaigns.admin.withdrawal import WithdrawalAdmin

__all__ = [
    "CampaignAdmin",
    "CommentAdmin",
    "FaqAdmin",
    "InKindAdmin",
    "PledgeAdmin",
    "SpendingAdmin",
    "TierAdmin",
    "UpdateAdmin",
    "WithdrawalAdmin",
]
