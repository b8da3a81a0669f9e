"""The page of an open design, with what its form asks for."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.workshop import Workshop


@pytest.mark.django_db
def test_a_number_out_of_range_resets_nothing_else(workshop: Workshop) -> None:
    design = workshop.released_stool().design
    other = workshop.open("Zweitwerk", "zweitwerk")
    workshop.machine("cnc-routing", "Router", other, energy=400)
    workshop.stock(workshop.plywood, "Plywood", 7000, "3.125", other)
    workshop.stock(workshop.screws, "Screws", 900, "200", other)
    page = Client().get(f"{design.get_absolute_url()}?pieces=99&workshop=zweitwerk")
    assert page.context["workshop"] == other
    text = page.content.decode()
    assert 'name="pieces" value="99"' in text
    assert 'value="zweitwerk" selected' in text
