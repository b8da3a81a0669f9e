"""What PostgreSQL's triggers refuse, tried with SQL past all of our own code; and that nothing else would refuse it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from tests.cast import Cast
from tests.everything import Everything

pytestmark = pytest.mark.django_db

RELEASED = "(SELECT id FROM products_revision WHERE number = '1.0.0')"
_SEALED = (
    "INSERT INTO payments_posting (entry_id, account_id, currency, amount_minor) "
    "SELECT e.id, p.account_id, p.currency, 5 FROM payments_entry e, payments_posting p WHERE e.external_id = 'sealed' LIMIT 1"
)
# Part of a version: its table, a change, and what a row of its own has beside id, revision and place.
_PARTS = {
    "bom_lines_stay": (
        "products_bomline",
        "quantity = 9",
        "position, kind_id, purpose, quantity, attrition, setup_quantity",
        "77, gen_random_uuid(), '', 1, 0, 0",
    ),
    "operations_stay": (
        "products_operation",
        "setup_minutes = 9",
        "position, process, title, setup_minutes, cycle_minutes, attendance_minutes, pieces_per_cycle, yield_fraction",
        "77, 'assembly', '', 1, 1, 1, 1, 1",
    ),
    "files_stay": (
        "products_revisionfile",
        "size_bytes = 9",
        "name, size_bytes, sha256",
        "'slipped in', 1, repeat('0', 64)",
    ),
    "steps_stay": ("products_buildstep", "title = 'other'", "position, title, text, text_html", "77, '', '', ''"),
}
# What a reward has beside its id and its campaign.
_REWARD = "title, text, amount_minor, taken, units, position, gives, hours, handing, withdrawal_days"
_VALUES = "'New', 'x', 500, 0, 0, 9, 'thanks', 0, 'nothing', 14"
# Table, trigger, and what it is there to refuse.
REFUSED = [
    *(
        ("campaigns_campaign", "campaign_terms_stay", f"UPDATE campaigns_campaign SET {change}")
        for change in (
            "fund_id = NULL, stage = 'draft'",
            "facility_id = gen_random_uuid()",
            "currency = 'CHF'",
            "minimum_minor = 1",
            "goal_minor = 10000000",
            "deadline_at = deadline_at + interval '1 day'",
            "window_minutes = 1",
        )
    ),
    *(
        ("campaigns_tier", "reward_stays", f"UPDATE campaigns_tier SET {change} WHERE revision_id IS NOT NULL")
        for change in (
            "campaign_id = gen_random_uuid()",
            "title = 'other'",
            "text = 'other'",
            "amount_minor = 1",
            "revision_id = gen_random_uuid()",
            "units = 9",
            "handing = 'collect'",
            "gives = 'membership', revision_id = NULL, units = 0",
            "gives = 'machine_hours', hours = 3, revision_id = NULL, units = 0",
            "estimated_on = '2031-01-01'",
            "available_until_at = now()",
            "withdrawal_days = 9",
        )
    ),
    *(
        ("campaigns_tier", "reward_cap_rises", f"UPDATE campaigns_tier SET {change}")
        for change in (
            "cap = 1, taken = 0 WHERE cap = 2",
            "cap = NULL WHERE cap = 2",
            "cap = 5 WHERE title = 'Spare'",
        )
    ),
    ("campaigns_shippingrate", "delivery_stays", "UPDATE campaigns_shippingrate SET first_minor = 1"),
    ("campaigns_shippingrate", "delivery_stays", "DELETE FROM campaigns_shippingrate"),
    # One that nobody has chosen, so that no foreign key keeps it.
    ("campaigns_tier", "reward_remains", "DELETE FROM campaigns_tier WHERE title = 'Spare'"),
    ("campaigns_stretchgoal", "stretch_stays", "UPDATE campaigns_stretchgoal SET amount_minor = amount_minor + 1"),
    ("campaigns_stretchgoal", "stretch_stays", "DELETE FROM campaigns_stretchgoal"),
    ("campaigns_feeagreement", "agreement_stays", "UPDATE campaigns_feeagreement SET text = 'other'"),
    ("campaigns_feeagreement", "agreement_stays", "DELETE FROM campaigns_feeagreement"),
    (
        "campaigns_feeagreement",
        "agreement_stays",
        "INSERT INTO campaigns_feeagreement (id, campaign_id, organisation_id, member_id, goal_minor, text, agreed_at) "
        "SELECT gen_random_uuid(), a.campaign_id, a.organisation_id, a.member_id, 1, 'x', now() "
        "FROM campaigns_feeagreement a ON CONFLICT DO NOTHING",
    ),
    ("campaigns_spending", "spending_append_only", "UPDATE campaigns_spending SET amount_minor = 1"),
    ("campaigns_spending", "spending_append_only", "DELETE FROM campaigns_spending"),
    ("campaigns_budgetline", "budget_stays", "UPDATE campaigns_budgetline SET label = 'other'"),
    ("campaigns_budgetline", "budget_stays", "DELETE FROM campaigns_budgetline"),
    (
        "campaigns_budgetline",
        "budget_stays",
        "INSERT INTO campaigns_budgetline (id, campaign_id, kind, label, amount_minor, is_required, position) "
        "SELECT gen_random_uuid(), id, 'reserve', 'slipped in', 1, false, 9 FROM campaigns_campaign",
    ),
    *(
        ("funding_fund", "fund_terms_stay", f"UPDATE funding_fund SET {change}")
        for change in (
            "receiver_id = gen_random_uuid()",
            "account_id = gen_random_uuid()",
            "currency = 'CHF'",
            "minimum_minor = 1",
            "goal_minor = 100000000",
            "deadline_at = deadline_at + interval '1 day'",
            "extended_at = now()",
            "extended_at = now(), deadline_at = deadline_at - interval '1 day'",
            "extended_at = deadline_at, deadline_at = deadline_at + interval '1 day'",
            "extended_at = now(), deadline_at = deadline_at + interval '1 day', state = 'closing'",
            "window_minutes = 1",
            "fills_gap = NOT fills_gap",
            "takes_late = NOT takes_late",
            "fee_bearer_id = gen_random_uuid()",
            "required_minor = required_minor + 1",
        )
    ),
    ("members_legaltext", "legal_text_stays", "UPDATE members_legaltext SET text = 'other'"),
    (
        "members_legaltext",
        "legal_text_stays",
        "DELETE FROM members_legaltext WHERE kind = 'imprint'",
    ),
    ("members_acceptance", "acceptance_stays", "UPDATE members_acceptance SET accepted_at = now()"),
    ("members_acceptance", "acceptance_stays", "DELETE FROM members_acceptance"),
    ("facilities_materialprice", "price_append_only", "UPDATE facilities_materialprice SET price_minor = 1"),
    ("facilities_materialprice", "price_append_only", "DELETE FROM facilities_materialprice"),
    (
        "facilities_machineratecomponent",
        "rate_append_only",
        "UPDATE facilities_machineratecomponent SET amount_minor = 1",
    ),
    ("facilities_machineratecomponent", "rate_append_only", "DELETE FROM facilities_machineratecomponent"),
    ("facilities_facility", "facility_currency_stays", "UPDATE facilities_facility SET currency = 'CHF'"),
    ("facilities_materialkind", "kind_unit_stays", "UPDATE facilities_materialkind SET unit = 'kg'"),
    *(
        (f"facilities_{table}", f"{table}_{column}_stays", f"UPDATE facilities_{table} SET {change}")
        for table, column, change in (
            ("machine", "facility", "facility_id = gen_random_uuid()"),
            ("machine", "process", "process = 'laser-cutting'"),
            ("material", "facility", "facility_id = gen_random_uuid()"),
            ("material", "kind", "kind_id = gen_random_uuid()"),
        )
    ),
    ("orders_cost", "orders_append_only", "UPDATE orders_cost SET amount_minor = 1"),
    ("orders_cost", "orders_append_only", "DELETE FROM orders_cost"),
    ("orders_quote", "orders_append_only", "UPDATE orders_quote SET ceiling_minor = 100000000"),
    ("orders_quote", "orders_append_only", "DELETE FROM orders_quote"),
    (
        "payments_entry",
        "ledger_entry_balances",
        "INSERT INTO payments_entry (id, fact, external_id, at, memo) "
        "VALUES (gen_random_uuid(), 'x', 'empty', now(), ''); SET CONSTRAINTS ALL IMMEDIATE",
    ),
    ("payments_posting", "ledger_entry_sealed", _SEALED),
    ("payments_entry", "ledger_append_only", "UPDATE payments_entry SET memo = 'other'"),
    ("payments_entry", "ledger_append_only", "DELETE FROM payments_entry"),
    ("payments_posting", "ledger_append_only", "UPDATE payments_posting SET amount_minor = amount_minor * 2"),
    ("payments_posting", "ledger_append_only", "DELETE FROM payments_posting"),
    ("payments_entry", "ledger_no_truncate", "TRUNCATE payments_entry, payments_posting"),
    ("payments_posting", "ledger_no_truncate", "TRUNCATE payments_posting"),
    ("products_revision", "revision_stays", "UPDATE products_revision SET changelog = 'x' WHERE number = '1.0.0'"),
    ("products_revision", "revision_stays", "UPDATE products_revision SET released_at = NULL WHERE number = '1.0.0'"),
    ("products_revision", "revision_stays", "DELETE FROM products_revision WHERE number = '1.0.0'"),
    *(
        (table, name, sql)
        for name, (table, change, columns, values) in _PARTS.items()
        for sql in (
            f"UPDATE {table} SET {change} WHERE revision_id = {RELEASED}",
            f"DELETE FROM {table} WHERE revision_id = {RELEASED}",
            f"INSERT INTO {table} (id, revision_id, {columns}) SELECT gen_random_uuid(), {RELEASED}, {values}",
        )
    ),
]
# They refuse nothing, they write: tried below and in tests/campaigns/test_discover.py.
WRITES = {
    ("payments_entry", "ledger_entry_written_in", "INSERT"),
    ("campaigns_campaign", "campaign_is_entered", "INSERT"),
    ("campaigns_campaign", "campaign_is_entered", "UPDATE"),
    ("facilities_facility", "facility_is_entered", "UPDATE"),
}
_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}


@pytest.fixture
def everything(cast: Cast) -> Everything:
    """Everything, with one entry that an earlier transaction has sealed; checked and done with, as if committed."""
    made = Everything(cast)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE funding_fund SET required_minor = 90000000")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_entry DISABLE TRIGGER ledger_append_only")
        cursor.execute("UPDATE payments_entry SET written_in = '3', external_id = 'sealed' WHERE external_id = 'x'")
        cursor.execute("ALTER TABLE payments_entry ENABLE TRIGGER ledger_append_only")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return made


def events() -> set[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname, tgtype FROM pg_trigger WHERE NOT tgisinternal")
        return {
            (table, name, event)
            for table, name, kinds in cursor.fetchall()
            for bit, event in _EVENTS.items()
            if kinds & bit
        }


def attempt(sql: str) -> str:
    """What PostgreSQL says to it; nothing when it lets it happen. Undone either way."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as refusal:
        return str(refusal)
    return ""


def test_no_trigger_is_left_out() -> None:
    tried = {(table, name, sql.split()[0]) for table, name, sql in REFUSED}
    assert tried | WRITES == events()


@pytest.mark.parametrize(("table", "name", "sql"), REFUSED, ids=[f"{name}-{sql}"[:90] for _table, name, sql in REFUSED])
def test_what_must_stay_stays_and_only_for_its_trigger(everything: Everything, table: str, name: str, sql: str) -> None:
    with connection.cursor() as cursor:
        if name == "ledger_no_truncate":
            # Off in the tests' database, which empties its tables.
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
        assert "PL/pgSQL function" in attempt(sql)
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        assert attempt(sql) == ""


def test_a_draft_may_still_be_changed(everything: Everything) -> None:
    """The other side of it: what is not launched, released or written down refuses nothing."""
    for sql in (
        "UPDATE products_revision SET changelog = 'x' WHERE number = '2.0.0'",
        "UPDATE products_bomline SET quantity = 9 WHERE revision_id = "
        "(SELECT id FROM products_revision WHERE number = '2.0.0')",
        "UPDATE funding_fund SET title = 'other', state = 'closing', window_ends_at = now(), closed_at = now()",
        "UPDATE campaigns_campaign SET title = 'other', story = 'more'",
        "UPDATE campaigns_tier SET cap = 9, taken = 2, position = 3 WHERE cap = 2",
        "UPDATE campaigns_tier SET cap = 5 WHERE title = 'Evening' AND cap IS NOT NULL AND campaign_id IN "
        "(SELECT id FROM campaigns_campaign WHERE fund_id IS NULL)",
        "UPDATE funding_fund SET deadline_at = deadline_at + interval '1 day', extended_at = now()",
        "INSERT INTO campaigns_shippingrate (id, tier_id, countries, first_minor, more_minor) "
        "SELECT gen_random_uuid(), id, '{AT}', 1, 0 FROM campaigns_tier",
        f"INSERT INTO campaigns_tier (id, campaign_id, {_REWARD}) SELECT gen_random_uuid(), id, {_VALUES} "
        "FROM campaigns_campaign",
        "UPDATE facilities_facility SET currency = 'EUR'",
        "UPDATE facilities_materialkind SET unit = unit, name = 'other'",
    ):
        assert attempt(sql) == ""


@pytest.mark.parametrize("guarded", [True, False])
def test_nobody_says_himself_when_an_entry_was_written(everything: Everything, guarded: bool) -> None:
    """An entry that claimed another transaction as its own could be added to later."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not guarded:
            cursor.execute("ALTER TABLE payments_entry DISABLE TRIGGER ledger_entry_written_in")
        cursor.execute(
            "INSERT INTO payments_entry (id, fact, external_id, at, memo, written_in) "
            "VALUES (gen_random_uuid(), 'x', 'forged', now(), '', '999999') "
            "RETURNING written_in = pg_current_xact_id()"
        )
        assert cursor.fetchone() == (guarded,)
        transaction.set_rollback(True)
