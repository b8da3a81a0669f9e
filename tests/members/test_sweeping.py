"""One record that fails never stops the rest, not even when it takes the connection with it."""

from __future__ import annotations

import pytest
from django.db import connection

from members.models import Member
from members.sweeping import each


@pytest.mark.django_db(transaction=True)
def test_the_rest_goes_on_after_the_server_has_hung_up() -> None:
    seen: list[int] = []

    def deed(number: int) -> None:
        if number == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        Member.objects.count()
        seen.append(number)

    each(deed, [1, 2, 3])
    assert seen == [1, 3]
