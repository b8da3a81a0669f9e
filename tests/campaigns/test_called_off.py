"""What people read about a campaign that was called off."""

from __future__ import annotations

import pytest
from django.test import Client

from funding import closing
from tests.campaigns.test_api import launched
from tests.cast import Cast


@pytest.mark.django_db
def test_everybody_reads_why_a_campaign_was_called_off(cast: Cast) -> None:
    campaign = launched(cast)
    assert campaign.fund is not None
    page = campaign.get_absolute_url()
    assert "The roof fell in." not in Client().get(page + "?x").content.decode()
    cast.secured(campaign.fund, "60.00")
    assert "had been promised" not in Client().get(page + "?x").content.decode()
    closing.cancel(campaign.fund.pk, by=cast.petra, now=cast.now, why="The roof fell in.")
    text = Client().get(page + "?x").content.decode()
    assert "The roof fell in." in text
    assert "had been promised, in 1 promise" in text
