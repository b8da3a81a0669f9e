"""Every public page, for search engines."""

from __future__ import annotations

from typing import Any

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from campaigns.models import Campaign
from facilities.models import Facility
from orders.models import Run
from products.models import Design


class Lists(Sitemap):  # type: ignore[type-arg]
    """The pages that list others."""

    def items(self) -> list[str]:
        return ["home", "campaigns:list", "orders:runs", "products:list", "facilities:list"]

    def location(self, item: str) -> str:
        return reverse(item)


class Campaigns(Sitemap):  # type: ignore[type-arg]
    def items(self) -> Any:
        return Campaign.objects.public().only("slug").order_by("pk")


class Workshops(Sitemap):  # type: ignore[type-arg]
    def items(self) -> Any:
        return Facility.objects.only("slug").order_by("pk")


class Designs(Sitemap):  # type: ignore[type-arg]
    def items(self) -> Any:
        return Design.objects.filter(revisions__released_at__isnull=False).distinct().only("slug").order_by("pk")


class Batches(Sitemap):  # type: ignore[type-arg]
    def items(self) -> Any:
        return Run.objects.only("pk").order_by("pk")


SITEMAPS = {
    "lists": Lists,
    "campaigns": Campaigns,
    "workshops": Workshops,
    "designs": Designs,
    "batches": Batches,
}
