"""Campaigns in the admin, one module a subject."""

from campaigns.admin.campaign import CampaignAdmin
from campaigns.admin.in_kind import InKindAdmin
from campaigns.admin.news import UpdateAdmin
from campaigns.admin.support import PledgeAdmin

__all__ = ["CampaignAdmin", "InKindAdmin", "PledgeAdmin", "UpdateAdmin"]
