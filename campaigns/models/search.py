"""What campaigns are found by."""

from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign


class SearchEntry(models.Model):
    """The words of one launched campaign and of where it is. Written by PostgreSQL's triggers alone
    (`migrations/search.sql`), whoever changes the campaign or its workshop."""

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, primary_key=True, related_name="entry")
    words = SearchVectorField()
    # Title and place in small letters without accents, for words that are typed wrong.
    plain = models.TextField()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return self.plain
