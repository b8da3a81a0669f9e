"""What is new, for feed readers."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Update
from campaigns.views.finding import launched

NEWEST = 30


class Campaigns(Feed):  # type: ignore[type-arg]
    """Every campaign, the latest launched first."""

    feed_type = Atom1Feed
    title = gettext_lazy("Campaigns")
    subtitle = gettext_lazy("Workshops that their community wants to build.")
    link = reverse_lazy("campaigns:list")

    def items(self) -> Any:
        return Campaign.objects.public().select_related("fund", "facility").order_by("-fund__opened_at")[:NEWEST]

    def item_title(self, item: Any) -> str:
        return f"{item.title}, {item.facility.locality}"

    def item_description(self, item: Any) -> str:
        return str(item.summary)

    def item_pubdate(self, item: Any) -> datetime.datetime:
        opened: datetime.datetime = item.fund.opened_at
        return opened


class News(Feed):  # type: ignore[type-arg]
    """What one campaign tells everybody."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Campaign:
        return launched(kwargs["slug"])[0]

    def title(self, campaign: Campaign) -> str:
        return _("%(campaign)s: news") % {"campaign": campaign.title}

    def subtitle(self, campaign: Campaign) -> str:
        return campaign.summary

    def link(self, campaign: Campaign) -> str:
        return campaign.get_absolute_url()

    def items(self, campaign: Campaign) -> Any:
        return campaign.updates.published().filter(audience=Update.Audience.PUBLIC).select_related("campaign")[:NEWEST]

    def item_title(self, item: Any) -> str:
        return str(item.title)

    def item_description(self, item: Any) -> str:
        return str(item.text_html)

    def item_link(self, item: Any) -> str:
        return str(item.get_absolute_url())

    def item_pubdate(self, item: Any) -> datetime.datetime:
        published: datetime.datetime = item.published_at
        return published
