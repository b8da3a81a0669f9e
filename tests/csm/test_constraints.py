"""Every constraint is PostgreSQL's: for each there is a row that it refuses, whoever writes, and nothing else would."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from uuid6 import uuid7

from tests.architecture.test_rooms import own_models
from tests.cast import Cast
from tests.everything import Everything, twin

# The twin of an ordinary row breaks a unique constraint, once what else is unique about it is made new; and a check
# when one field is wrong. `NEW` is a value that nobody else has; Theo approves the refund that he asked for, Petra the
# campaign that she sent to review.
NEW: Any = ...
BREAKERS: dict[str, tuple[str, dict[str, Any]]] = {
    "member_email_once": ("members.Member", {"email": "MIA@Example.org"}),
    "approval_open_once": ("members.Approval", {}),
    "approval_two_people": ("members.Approval", {"state": "approved", "decided_by": NEW}),
    "invitation_open_once": ("members.Invitation", {}),
    "member_erased_is_nobody": ("members.Member", {"email": "x@example.org", "erased_at": NEW}),
    "organisation_keeps_a_while": ("members.Organisation", {"slug": "b", "retention_months": 361}),
    "legal_text_version_once": ("members.LegalText", {"text": "again"}),
    "legal_text_published_whole": ("members.LegalText", {"version": None}),
    "acceptance_once": ("members.Acceptance", {}),
    "membership_role_once": ("members.Membership", {}),
    "mail_choice_once": ("members.MailChoice", {"is_wanted": True}),
    "stored_answer_key_once": ("members.StoredAnswer", {"path": "/other"}),
    "receiver_account_once": ("payments.Receiver", {"organisation_id": NEW}),
    "receiver_organisation_once": ("payments.Receiver", {"stripe_account": "acct_other"}),
    "customer_member_once": ("payments.Customer", {"customer_id": "cus_2"}),
    "customer_id_once": ("payments.Customer", {"member_id": NEW}),
    "card_once": ("payments.Card", {}),
    "card_setup_session_once": ("payments.CardSetup", {}),
    "card_setup_complete_has_card": ("payments.CardSetup", {"session_id": None, "state": "complete", "card": None}),
    "webhook_event_once": ("payments.WebhookEvent", {"kind": "y"}),
    "alarm_open_once": ("payments.Alarm", {"text": "again"}),
    "account_once": ("payments.Account", {"name": "again"}),
    "account_currency_code": ("payments.Account", {"currency": "eur"}),
    "entry_fact_once": ("payments.Entry", {"memo": "again"}),
    "posting_not_zero": ("payments.Posting", {"amount_minor": 0}),
    "payment_intent_once": ("payments.Payment", {"purpose_id": NEW}),
    "payment_live_once": ("payments.Payment", {"intent_id": None}),
    "payment_amount_positive": ("payments.Payment", {"state": "canceled", "intent_id": None, "amount_minor": 0}),
    "payment_refunds_within_received": (
        "payments.Payment",
        {"purpose_id": NEW, "intent_id": None, "refunding_minor": 60_01},
    ),
    "attempt_number_once": ("payments.Attempt", {"state": "lapsed"}),
    "attempt_in_flight_once": ("payments.Attempt", {"number": 2}),
    "refund_purpose_once": ("payments.Refund", {"refund_id": None}),
    "refund_id_once": ("payments.Refund", {"purpose": "y"}),
    "refund_amount_positive": ("payments.Refund", {"purpose": "y", "refund_id": None, "amount_minor": 0}),
    "refund_two_people": ("payments.Refund", {"purpose": "y", "refund_id": None, "approved_by": NEW}),
    "dispute_id_once": ("payments.Dispute", {"reason": "other"}),
    "balance_transaction_once": ("payments.BalanceTransaction", {"kind": "other"}),
    "bank_receipt_once": ("payments.BankReceipt", {"remittance": "again"}),
    "bank_receipt_positive": (
        "payments.BankReceipt",
        {"bank_reference": "2", "amount_minor": 0, "assigned_minor": 0},
    ),
    "bank_receipt_used_once": ("payments.BankReceipt", {"bank_reference": "2", "returned_minor": 2_01}),
    "assignment_positive": ("payments.Assignment", {"amount_minor": 0}),
    "fund_minimum_positive": ("funding.Fund", {"account_id": NEW, "minimum_minor": 0}),
    "fund_goal_reaches_minimum": ("funding.Fund", {"account_id": NEW, "goal_minor": 99_99, "minimum_minor": 100_00}),
    "fund_required_reaches_minimum": ("funding.Fund", {"account_id": NEW, "required_minor": 1}),
    "fund_collecting_has_terms": ("funding.Fund", {"account_id": NEW, "state": "collecting"}),
    "commitment_maximum_positive": ("funding.Commitment", {"reference": "", "maximum_minor": 0}),
    "commitment_amount_within_maximum": (
        "funding.Commitment",
        {"reference": "", "maximum_minor": 5, "amount_minor": 6},
    ),
    "commitment_counted_within_amount": (
        "funding.Commitment",
        {"reference": "", "amount_minor": 5, "counted_minor": 6},
    ),
    "commitment_charged_has_amount": ("funding.Commitment", {"reference": "", "state": "charging", "card_id": NEW}),
    "commitment_transferred_within_amount": (
        "funding.Commitment",
        {"reference": "", "backing": "transfer", "amount_minor": 5, "transferred_minor": 6},
    ),
    "invoice_number_once": ("funding.Invoice", {"commitment_id": NEW}),
    "written_days_bounded": ("funding.WrittenPromise", {"commitment_id": NEW, "pay_within_days": 61}),
    "written_confirmed_by_somebody": ("funding.WrittenPromise", {"commitment_id": NEW, "confirmed_by": None}),
    "commitment_secured_has_backing": ("funding.Commitment", {"reference": "", "state": "secured", "card": None}),
    "commitment_fund_has_source": ("funding.Commitment", {"reference": "", "backing": "fund", "source_fund": None}),
    "commitment_reference_once": ("funding.Commitment", {}),
    "facility_costs_not_negative": ("facilities.Facility", {"slug": "b", "wage_minor": -1}),
    "facility_plans_hours": ("facilities.Facility", {"slug": "b", "overhead_planned_hours": 0}),
    "facility_care_is_percent": ("facilities.Facility", {"slug": "b", "care_percent": Decimal(11)}),
    "facility_contingency_is_capped": ("facilities.Facility", {"slug": "b", "contingency_percent": Decimal(11)}),
    "facility_place_on_earth": ("facilities.Facility", {"slug": "b", "latitude": Decimal(91)}),
    "machine_name_once": ("facilities.Machine", {"process": "assembly"}),
    "rate_not_negative": ("facilities.MachineRateComponent", {"amount_minor": -1}),
    "material_one_stocked_of_a_kind": ("facilities.Material", {"name": "other"}),
    "price_not_negative": ("facilities.MaterialPrice", {"price_minor": -1}),
    "price_of_a_real_pack": ("facilities.MaterialPrice", {"pack_quantity": Decimal(0)}),
    "design_one_maintainer": ("products.Design", {"slug": "b", "maintainer_member_id": NEW}),
    "revision_number_once": ("products.Revision", {"changelog": "again"}),
    "revision_released_has_licence": ("products.Revision", {"number": "3.0.0", "released_at": NEW, "licence": ""}),
    "bom_position_once": ("products.BomLine", {"kind_id": NEW}),
    "bom_kind_once": ("products.BomLine", {"position": 77}),
    "bom_quantities_real": ("products.BomLine", {"position": 77, "kind_id": NEW, "attrition": Decimal(-1)}),
    "operation_position_once": ("products.Operation", {"title": "again"}),
    "operation_times_real": ("products.Operation", {"position": 77, "setup_minutes": Decimal(-1)}),
    "operation_makes_pieces": ("products.Operation", {"position": 77, "pieces_per_cycle": 0}),
    "operation_yields": ("products.Operation", {"position": 77, "yield_fraction": Decimal("1.1")}),
    "file_name_once": ("products.RevisionFile", {"size_bytes": 6}),
    "file_not_empty": ("products.RevisionFile", {"name": "b", "size_bytes": 0}),
    "file_sha256_is_one": ("products.RevisionFile", {"name": "b", "sha256": "ABC"}),
    "step_position_once": ("products.BuildStep", {"title": "again"}),
    "campaign_launched_has_fund": ("campaigns.Campaign", {"slug": "b", "fund": None}),
    "campaign_approved_by_somebody": (
        "campaigns.Campaign",
        {"slug": "b", "fund": None, "stage": "approved", "reviewed_by": None},
    ),
    "campaign_two_people": (
        "campaigns.Campaign",
        {"slug": "b", "fund": None, "stage": "in_review", "reviewed_by": NEW},
    ),
    "budget_amount_positive": ("campaigns.BudgetLine", {"amount_minor": 0}),
    "budget_machine_of_its_kind": ("campaigns.BudgetLine", {"machine_id": NEW}),
    "spending_not_zero": ("campaigns.Spending", {"amount_minor": 0}),
    "stretch_amount_once": ("campaigns.StretchGoal", {"title": "Again"}),
    "stretch_amount_positive": ("campaigns.StretchGoal", {"amount_minor": 0}),
    "picture_cover_once": ("campaigns.Picture", {"alt": "Another"}),
    "picture_says_what_it_shows": ("campaigns.Picture", {"is_cover": False, "alt": ""}),
    "tier_amount_positive": ("campaigns.Tier", {"amount_minor": 0}),
    "tier_taken_within_cap": ("campaigns.Tier", {"taken": 3}),
    "tier_units_of_a_revision": ("campaigns.Tier", {"units": 0}),
    "other_money_bounded": ("campaigns.OtherMoney", {"campaign_id": NEW, "longest_days": 61}),
    "in_kind_accepted_is_valued": ("campaigns.InKind", {"state": "accepted"}),
    "tier_gives_what_it_says": ("campaigns.Tier", {"gives": "thanks"}),
    "rate_of_delivery_real": ("campaigns.ShippingRate", {"first_minor": -1}),
    "withdrawal_returns_something": ("campaigns.Withdrawal", {"pledge_id": NEW, "amount_minor": 0}),
    "pledge_form_once": ("campaigns.Pledge", {"commitment_id": NEW}),
    "pledge_line_once": ("campaigns.PledgeLine", {"quantity": 2}),
    "pledge_line_real": ("campaigns.PledgeLine", {"pledge_id": NEW, "quantity": 0}),
    "update_published_has_time": ("campaigns.Update", {"state": "published"}),
    "following_once": ("campaigns.Following", {"news": False}),
    "comment_form_once": ("campaigns.Comment", {"text": "again"}),
    "comment_hidden_has_reason": ("campaigns.Comment", {"form_key": NEW, "state": "hidden"}),
    "comment_deleted_is_gone": ("campaigns.Comment", {"form_key": NEW, "state": "deleted"}),
    "comment_reply_asks_nothing": ("campaigns.Comment", {"form_key": NEW, "parent_id": NEW, "kind": "question"}),
    "report_once": ("campaigns.Report", {"reason": "abuse"}),
    "run_units": ("orders.Run", {"fund_id": NEW, "minimum_units": 6}),
    "run_taken_within_maximum": ("orders.Run", {"fund_id": NEW, "taken_units": 6}),
    "run_price_within_ceiling": ("orders.Run", {"fund_id": NEW, "unit_price_minor": 10**9}),
    "quote_offer_within_ceiling": ("orders.Quote", {"offered_minor": 10**9}),
    "cost_not_zero": ("orders.Cost", {"amount_minor": 0}),
    "cost_work_is_time": ("orders.Cost", {"kind": "labour", "worker_id": NEW}),
    # Columns that are unique by themselves.
    "members.Organisation.slug": ("members.Organisation", {}),
    "members.ApiToken.key_sha256": ("members.ApiToken", {}),
    "funding.Fund.account": ("funding.Fund", {}),
    "payments.BankDetails.receiver": ("payments.BankDetails", {}),
    "funding.Invoice.commitment": ("funding.Invoice", {"number": 2}),
    "funding.InvoiceCounter.receiver": ("funding.InvoiceCounter", {}),
    "funding.WrittenPromise.commitment": ("funding.WrittenPromise", {}),
    "facilities.Facility.slug": ("facilities.Facility", {}),
    "facilities.MaterialKind.slug": ("facilities.MaterialKind", {}),
    "products.Design.slug": ("products.Design", {}),
    "campaigns.FeeAgreement.campaign": ("campaigns.FeeAgreement", {}),
    "campaigns.Campaign.slug": ("campaigns.Campaign", {"fund": None, "stage": "draft"}),
    "campaigns.Campaign.fund": ("campaigns.Campaign", {"slug": "b"}),
    "campaigns.OtherMoney.campaign": ("campaigns.OtherMoney", {}),
    "campaigns.Withdrawal.pledge": ("campaigns.Withdrawal", {}),
    "campaigns.Gift.pledge": ("campaigns.Gift", {}),
    "campaigns.Pledge.commitment": ("campaigns.Pledge", {"form_key": NEW}),
    "orders.Run.fund": ("orders.Run", {}),
    "orders.Order.quote": ("orders.Order", {"commitment_id": NEW}),
    "orders.Order.commitment": ("orders.Order", {"quote_id": NEW}),
}
# Each figure of a batch's terms is bounded by the one constraint.
TERMS: list[tuple[str, Any]] = [
    ("drop_margin_percent", Decimal("-0.01")),
    ("tax_percent", Decimal("-0.01")),
    ("tax_percent", Decimal("100.01")),
    ("fee_fraction", Decimal("-0.00001")),
    ("fee_fraction", Decimal("0.20001")),
    ("packing_minor", -1),
    ("fee_fixed_minor", -1),
]
BROKEN = [(name, model, fields) for name, (model, fields) in BREAKERS.items()]
BROKEN += [("run_terms_sound", "orders.Run", {"fund_id": NEW, name: value}) for name, value in TERMS]
# What can only be broken together with the primary key: a foreign key points at it, which the ledger's tests try.
NOT_ALONE = {"account_currency"}


def constraints() -> Iterator[str]:
    for model in own_models():
        yield from (constraint.name for constraint in model._meta.constraints)
        for field in model._meta.local_fields:
            if field.unique and not field.primary_key:
                yield f"{model._meta.label}.{field.name}"


def test_no_constraint_is_left_out() -> None:
    assert set(constraints()) == {name for name, _model, _fields in BROKEN} | NOT_ALONE


@pytest.fixture
def everything(cast: Cast) -> Everything:
    return Everything(cast)


def ordinary(label: str, everything: Everything) -> Model:
    """A row that nothing is wrong with; of what is drafted, where the released would not be touched."""
    rows = apps.get_model(label)._default_manager.order_by("pk")
    if label in ("products.BomLine", "products.Operation", "products.RevisionFile", "products.BuildStep"):
        rows = rows.filter(revision=everything.draft)
    if label == "products.Revision":
        rows = rows.filter(pk=everything.draft.pk)
    if label in ("campaigns.BudgetLine", "campaigns.FeeAgreement"):
        rows = rows.filter(campaign__fund=None)
    row = rows.first()
    assert row is not None, f"There is no row of {label} to try it with."
    return row


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "label", "fields"), BROKEN, ids=[f"{row[0]}-{list(row[2])[-1:]}" for row in BROKEN])
def test_a_bad_row_is_refused_and_only_for_its_constraint(
    everything: Everything, name: str, label: str, fields: dict[str, Any]
) -> None:
    row = ordinary(label, everything)
    cast = everything.cast
    new = {
        "released_at": everything.now,
        "approved_by": cast.theo,
        "reviewed_by": cast.petra,
        "erased_at": everything.now,
        "decided_by": cast.theo,
    }
    values = {field: new.get(field, uuid7()) if value is NEW else value for field, value in fields.items()}
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        twin(row, **values)
    said = refused.value.__cause__.diag  # type: ignore[union-attr]
    if "." in name:
        column = row._meta.get_field(name.split(".")[-1]).column
        assert said.message_detail.startswith(f"Key ({column})="), said.constraint_name
    else:
        assert said.constraint_name == name
    # Nothing else stands in the way of it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [said.constraint_name])
        kind = "CONSTRAINT" if cursor.fetchone() else "INDEX"
        place = f"ALTER TABLE {row._meta.db_table} " if kind == "CONSTRAINT" else ""
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f'{place}DROP {kind} "{said.constraint_name}"')
        twin(row, **values)
        transaction.set_rollback(True)
