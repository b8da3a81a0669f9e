"""The floors: what the same rows and the same calls cost with nothing around them."""

from __future__ import annotations

import requests
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from uuid6 import uuid7

from campaigns.models import Campaign
from members.models import Member

_session = requests.Session()


def pledge(client: Client, campaign: Campaign, member: Member) -> None:
    """The smallest request of the site, and the rows of a pledge written with raw SQL, without a rule."""
    client.get("/healthz")
    assert campaign.fund_id is not None
    key, commitment, setup = uuid7(), uuid7(), uuid7()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT state, deadline_at FROM funding_fund WHERE id = %s", [campaign.fund_id])
        cursor.execute("SELECT id FROM payments_customer WHERE member_id = %s", [member.pk])
        customer = cursor.fetchone()
        if customer:
            cursor.execute(
                "INSERT INTO payments_cardsetup (id, stripe_account, livemode, customer_id, purpose_id, currency, state, "
                "url, success_url, cancel_url, expires_at, mandate_version, mandate_text, accepted_at) VALUES "
                "(%s, %s, false, %s, %s, 'EUR', 'prepared', '', '', '', now(), '1', 'x', now())",
                [setup, settings.STRIPE_ACCOUNT, customer[0], commitment],
            )
        cursor.execute(
            "INSERT INTO funding_commitment (id, fund_id, member_id, backing, maximum_minor, currency, state, reference, "
            "created_at, tries, card_exhausted, reminders) VALUES "
            "(%s, %s, %s, 'card', 2500, 'EUR', 'draft', '', now(), 0, false, 0)",
            [commitment, campaign.fund_id, member.pk],
        )
        cursor.execute(
            "INSERT INTO funding_consent (id, commitment_id, maximum_minor, text_version, text, given_at) "
            "VALUES (%s, %s, 2500, '1', 'x', now())",
            [uuid7(), commitment],
        )
        cursor.execute(
            "INSERT INTO members_transition (subject_model, subject_id, from_state, to_state, at, by_id, why) "
            "VALUES ('funding.Commitment', %s, '', 'draft', now(), %s, '')",
            [commitment, member.pk],
        )
        cursor.execute(
            "INSERT INTO campaigns_pledge (id, campaign_id, member_id, commitment_id, holds_slot, is_anonymous, form_key, "
            "created_at) VALUES (%s, %s, %s, %s, false, false, %s, now())",
            [uuid7(), campaign.pk, member.pk, commitment, key],
        )


def page(client: Client, campaign: Campaign) -> None:
    """The smallest page of the site through the same middleware, and the campaign's rows read with raw SQL."""
    client.get("/healthz")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.*, f.*, y.* FROM campaigns_campaign c JOIN funding_fund f ON f.id = c.fund_id "
            "JOIN facilities_facility y ON y.id = c.facility_id WHERE c.slug = %s",
            [campaign.slug],
        )
        cursor.fetchall()
        for table in ("tier", "budgetline", "update"):
            cursor.execute(f"SELECT * FROM campaigns_{table} WHERE campaign_id = %s", [campaign.pk])
            cursor.fetchall()
        cursor.execute(
            "SELECT kind, sum(amount_minor), sum(promises) FROM funding_tally WHERE fund_id = %s GROUP BY kind",
            [campaign.fund_id],
        )
        cursor.fetchall()


def charge() -> None:
    """Two calls to the local Stripe that do nothing much: as many as a charge needs."""
    for _ in range(2):
        _session.get(f"{settings.STRIPE_API_BASE}/v1/balance", auth=("sk_test_local", ""), timeout=10)
