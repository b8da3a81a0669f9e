"""Campaigns in the admin, one module a subject."""

from campaigns.admin.campaign import CampaignAdmin
from campaigns.admin.news import UpdateAdmin
from campaigns.admin.reward import TierAdmin
from campaigns.admin.support import PledgeAdmin
from campaigns.admin.talk import CommentAdmin
from campaigns.admin.withdrawal import WithdrawalAdmin

__all__ = ["CampaignAdmin", "CommentAdmin", "PledgeAdmin", "TierAdmin", "UpdateAdmin", "WithdrawalAdmin"]
