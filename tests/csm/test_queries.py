"""How much each page asks the database, on the demonstration's data; and that reading writes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, Comment, Pledge, Update
from csm.local_stripe.process import LocalStripe
from facilities.models import Facility
from funding import collecting, settling
from members.clock import database_now
from members.models import Member
from orders.models import Order, Run
from payments import tasks as payment_tasks
from payments.models import Payment
from products.models import Design

WRITES = ("INSERT", "UPDATE", "DELETE")
# The session, the member behind it, and whether they have agreed to the terms, and for whom they may act.
LOG_IN = 4


def pages() -> dict[str, int]:
    """The most statements that a stranger's visit may take. One more is a decision, not an accident."""
    most = {"/": 6, "/campaigns/": 4, "/batches/": 3, "/designs/": 1, "/workshops/": 1}
    most |= {f"/api/v1/{name}/": 2 for name in ("campaigns", "runs", "designs", "workshops")}
    for campaign in Campaign.objects.public():
        # Of them for what stands beside its story: stretch goals, pictures, questions with their answers.
        most |= {campaign.get_absolute_url(): 12, f"{campaign.get_absolute_url()}accounts/": 6}
        most |= {f"{campaign.get_absolute_url()}news/": 2, f"{campaign.get_absolute_url()}talk/": 4}
    most |= {update.get_absolute_url(): 1 for update in Update.objects.published().filter(audience="public")}
    # The comment, its replies and the clock.
    most |= {comment.get_absolute_url().partition("#")[0]: 3 for comment in Comment.objects.visible()}
    for run in Run.objects.all():
        most |= {run.get_absolute_url(): 4, f"{run.get_absolute_url()}bill/": 7}
    return (
        most
        | {design.get_absolute_url(): 22 for design in Design.objects.all()}
        | {facility.get_absolute_url(): 10 for facility in Facility.objects.all()}
    )


@pytest.mark.django_db(transaction=True)
def test_no_page_asks_more_than_it_needs_and_reading_writes_nothing(local_stripe: LocalStripe) -> None:
    call_command("seed_demo", verbosity=0)
    stranger, member = Client(), Client()
    somebody = Member.objects.get(email="member@demo.example")
    member.force_login(somebody)
    wanted = pages()
    # On the front page what waits for them, of campaigns, of orders and of their roles.
    mine = {"/me/": 7, "/": 9}
    # What they support already, whether they follow it or organise it, and where it has news for supporters, their roles.
    mine |= {campaign.get_absolute_url(): 16 for campaign in Campaign.objects.public()}
    mine |= {path: most + 2 for path, most in wanted.items() if path.endswith("/news/")}
    # Whether they may moderate: their roles, and what Django keeps of rights in two tables.
    mine |= {path: most + 3 for path, most in wanted.items() if "/talk/" in path}
    mine |= {row.get_absolute_url(): 8 for model in (Pledge, Order) for row in model.objects.filter(member=somebody)}
    too_much = []
    for client, extra, paths in ((stranger, 0, wanted), (member, LOG_IN, wanted | mine)):
        for path, most in paths.items():
            cache.clear()
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path)
            # Where one was seen last is noted every ten minutes, which the empty cache forgot.
            asked = [query for query in captured if "usersessions_usersession" not in query["sql"]]
            assert answer.status_code == 200, path
            writes = [query["sql"][:60] for query in asked if query["sql"].startswith(WRITES)]
            if len(asked) > most + extra or writes:
                too_much.append((path, len(asked), most + extra, writes))
    assert too_much == []


@pytest.mark.django_db
def test_what_grows_for_ever_is_found_by_an_index() -> None:
    """However many payments and ended funds there are: a charge is found at once, a balance summed from its index."""
    assert "payment_charge" in plan(Payment.objects.filter(charge_id="ch_1", stripe_account="acct_1", livemode=False))
    sums = plan(settling.stirred().values_list("pk", flat=True))
    assert sums.count("Index Only Scan using posting_balance") == 2
    whole_key = r"Index Cond: \(\(receiver_id = .*\(kind\).*\(subject_id = .*\(currency\)"
    assert re.search(whole_key, sums), sums


@pytest.mark.django_db
def test_work_for_workers_is_found_without_reading_what_is_done() -> None:
    """A batch of what is due stands first in its index; of all payments, only those that arrived lately are looked at."""
    due: list[str] = []
    with CaptureQueriesContext(connection) as asked:
        collecting.claim_due(now=database_now(), limit=8)
        payment_tasks.unanswered(limit=8)
        list(settling.stirred(since=database_now()))
    for query in asked:
        if "LIMIT 8" in query["sql"] or "DISTINCT" in query["sql"]:
            due.append(planned(query["sql"]))
    claim, unanswered, booked = due
    assert "Index Scan using commitment_due" in claim, claim
    assert "Sort" not in claim, claim
    assert "Index Scan using entry_at" in booked, booked
    assert "Index Scan using payment_succeeded" in unanswered, unanswered
    assert "hashed SubPlan" not in unanswered, "every payment is held against a list"


def planned(statement: str) -> str:
    with connection.cursor() as cursor:
        _forget_how_small_tables_are(cursor)
        # With so few funds as these it would begin with the funds, and sort.
        cursor.execute("SET LOCAL join_collapse_limit = 1")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row for (row,) in cursor.fetchall())


def plan(rows: QuerySet[Any]) -> str:
    """What PostgreSQL does when tables are too large to be read whole."""
    with connection.cursor() as cursor:
        _forget_how_small_tables_are(cursor)
    return rows.explain()


def _forget_how_small_tables_are(cursor: CursorWrapper) -> None:
    """Until the transaction ends. Of a table it has seen empty, PostgreSQL knows that any index is as good as another."""
    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    cursor.execute(
        "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
