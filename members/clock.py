"""The one clock: PostgreSQL's. Edges read it once and hand it down as `now`."""

from __future__ import annotations

import datetime

from django.db import connection
from django.db.models import DateTimeField, Func

# The same moment within a statement that is sent anyway: for what every page asks.
PRESENT = Func(function="clock_timestamp", output_field=DateTimeField())


def database_now() -> datetime.datetime:
    """The database's present moment in UTC, the same for every web server and worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime.datetime = cursor.fetchone()[0]
    return moment
