"""The floors: the same rows, calls and bytes, with nothing around them.

Their views stand behind the site's middleware like its own. They know no rule: nothing is validated, locked, paced,
translated or written down for later.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import Context, Template
from uuid6 import uuid7

from campaigns.models import Campaign, Comment
from funding.models import Commitment, Fund, Tally

_session = requests.Session()
_TEMPLATE = Template((Path(__file__).parent / "page.html").read_text())


def nothing(request: HttpRequest) -> HttpResponse:
    """What every page pays: the client, the handler, the middleware."""
    return HttpResponse("nothing")


# --- The page ---------------------------------------------------------------------------------------------------


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The campaign's page: the same rows by seven plain statements, the same words in a template without a translation."""
    with connection.cursor() as cursor:
        campaign = _rows(
            cursor,
            "SELECT c.*, f.*, y.name, y.locality, c.id AS campaign_id FROM campaigns_campaign c "
            "JOIN funding_fund f ON f.id = c.fund_id JOIN facilities_facility y ON y.id = c.facility_id "
            "WHERE c.slug = %s",
            slug,
        )[0]
        pk = campaign["campaign_id"]
        secured = _rows(
            cursor,
            "SELECT sum(amount_minor)::bigint AS amount, sum(promises) AS promises FROM funding_tally "
            "WHERE fund_id = %s AND kind = 'secured'",
            campaign["fund_id"],
        )[0]
        lists: dict[str, list[dict[str, Any]]] = {
            "tiers": _rows(cursor, "SELECT * FROM campaigns_tier WHERE campaign_id = %s ORDER BY position", pk),
            "budget": _rows(cursor, "SELECT * FROM campaigns_budgetline WHERE campaign_id = %s ORDER BY position", pk),
            "updates": _rows(
                cursor,
                "SELECT * FROM campaigns_update WHERE campaign_id = %s AND state = 'published' "
                "ORDER BY published_at DESC, id DESC LIMIT 5",
                pk,
            ),
            "comments": _rows(
                cursor,
                "SELECT c.*, m.display_name FROM campaigns_comment c JOIN members_member m ON m.id = c.member_id "
                "WHERE c.campaign_id = %s AND c.parent_id IS NULL AND c.state = 'visible' ORDER BY c.id DESC LIMIT 3",
                pk,
            ),
            "supporters": _rows(
                cursor,
                "SELECT m.display_name FROM campaigns_pledge p JOIN members_member m ON m.id = p.member_id "
                "JOIN funding_commitment c ON c.id = p.commitment_id WHERE p.campaign_id = %s AND NOT p.is_anonymous "
                "AND c.state IN ('secured', 'charging', 'action_required', 'declined', 'paid') "
                "ORDER BY p.id DESC LIMIT 24",
                pk,
            ),
        }
    return _filled(campaign, secured, lists)


def page_by_django(request: HttpRequest, slug: str) -> HttpResponse:
    """The same page by Django's own means: what its ORM costs when nothing is made of the rows."""
    fields = ("fund_id", "title", "slug", "summary", "story_html", "minimum_minor", "goal_minor", "deadline_at")
    found = Campaign.objects.select_related("fund", "facility").get(slug=slug)
    campaign = {name: getattr(found, name) for name in fields}
    campaign |= {"name": found.facility.name, "locality": found.facility.locality}
    standing = Commitment.State.SECURED, *Commitment.UNDECIDED, Commitment.State.PAID
    pledges = found.pledges.filter(is_anonymous=False, commitment__state__in=standing).order_by("-pk")
    lists: dict[str, list[Any]] = {
        "tiers": list(found.tiers.values()),
        "budget": list(found.budget.values()),
        "updates": list(found.updates.published().values()[:5]),
        "comments": list(
            Comment.objects.visible()
            .filter(campaign=found, parent=None)
            .order_by("-pk")
            .values("id", "text", "written_at", display_name=F("member__display_name"))[:3]
        ),
        "supporters": list(pledges.values(display_name=F("member__display_name"))[:24]),
    }
    tallies = Tally.objects.filter(fund=found.fund_id, kind="secured")
    secured = tallies.aggregate(amount=Sum("amount_minor"), promises=Sum("promises"))
    return _filled(campaign, secured, lists)


def _filled(campaign: dict[str, Any], secured: dict[str, Any], lists: dict[str, Any]) -> HttpResponse:
    for row in (*lists["tiers"], *lists["budget"]):
        row["amount"] = _written(row["amount_minor"])
    figures = {
        "have": _written(secured["amount"] or 0),
        "promises": secured["promises"] or 0,
        "minimum": _written(campaign["minimum_minor"]),
        "goal": _written(campaign["goal_minor"]),
    }
    return HttpResponse(_TEMPLATE.render(Context({"campaign": campaign, **figures, **lists})))


def _rows(cursor: Any, statement: str, *parameters: object) -> list[dict[str, Any]]:
    cursor.execute(statement, parameters)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _written(minor: int) -> str:
    return f"€{minor / 100:,.2f}"


# --- A pledge ---------------------------------------------------------------------------------------------------


def rows(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows of a pledge for whoever is logged in."""
    _write_rows(request, slug)
    return HttpResponseRedirect("/")


def support(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows of a pledge, and the card page from Stripe."""
    setup, customer = _write_rows(request, slug)
    session = _ask(
        "checkout/sessions",
        {
            "mode": "setup",
            "payment_method_types[]": "card",
            "currency": "eur",
            "customer": customer,
            "client_reference_id": str(setup),
            "success_url": "http://127.0.0.1/",
            "cancel_url": "http://127.0.0.1/",
        },
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_cardsetup SET state = 'open', session_id = %s, url = %s WHERE id = %s",
            [session["id"], session["url"], setup],
        )
        _history(cursor, None, ("payments.CardSetup", setup, "prepared", "open"))
    return HttpResponseRedirect(session["url"])


def _write_rows(request: HttpRequest, slug: str) -> tuple[UUID, str]:
    """The rows that one pledge leaves; the id of the card setup, and the customer's at Stripe."""
    member = request.user.pk
    pledge, commitment, setup = uuid7(), uuid7(), uuid7()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, f.id FROM campaigns_campaign c JOIN funding_fund f ON f.id = c.fund_id WHERE c.slug = %s",
            [slug],
        )
        campaign, fund = cursor.fetchone()
        cursor.execute("SELECT id, customer_id FROM payments_customer WHERE member_id = %s", [member])
        customer, at_stripe = cursor.fetchone()
        cursor.execute(
            "INSERT INTO campaigns_pledge (id, campaign_id, member_id, commitment_id, is_anonymous, form_key, "
            "created_at) VALUES (%s, %s, %s, %s, false, %s, now())",
            [pledge, campaign, member, commitment, uuid7()],
        )
        cursor.execute(
            "INSERT INTO payments_cardsetup (id, stripe_account, livemode, customer_id, purpose_id, currency, state, "
            "url, success_url, cancel_url, expires_at, mandate_version, mandate_text, accepted_at) VALUES "
            "(%s, %s, false, %s, %s, 'EUR', 'prepared', '', '', '', now(), '1', 'x', now())",
            [setup, settings.STRIPE_ACCOUNT, customer, commitment],
        )
        cursor.execute(
            "INSERT INTO funding_commitment (id, fund_id, member_id, setup_id, backing, maximum_minor, currency, state, "
            "reference, created_at, tries, card_exhausted, reminders) VALUES "
            "(%s, %s, %s, %s, 'card', 2500, 'EUR', 'draft', '', now(), 0, false, 0)",
            [commitment, fund, member, setup],
        )
        cursor.execute(
            "INSERT INTO funding_consent (id, commitment_id, maximum_minor, text_version, text, given_at) "
            "VALUES (%s, %s, 2500, '1', 'x', now())",
            [uuid7(), commitment],
        )
        _history(cursor, None, ("payments.CardSetup", setup, "", "prepared"))
        _history(cursor, member, ("funding.Commitment", commitment, "", "draft"))
    return setup, at_stripe


# --- Closing and collecting -------------------------------------------------------------------------------------


def close(fund: Fund, *, now: datetime.datetime) -> None:
    """The rows of a close that succeeds, in one statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH moved AS (UPDATE funding_commitment SET state = 'charging', amount_minor = maximum_minor, "
            "counted_minor = maximum_minor, next_try_at = %s WHERE fund_id = %s AND state = 'secured' RETURNING id) "
            "INSERT INTO members_transition (subject_model, subject_id, from_state, to_state, at, why) "
            "SELECT 'funding.Commitment', id, 'secured', 'charging', %s, '' FROM moved",
            [now, fund.pk, now],
        )


def charge(commitment: UUID, *, fund: Fund, accounts: tuple[UUID, UUID, UUID], now: datetime.datetime) -> None:
    """The two calls and the rows of one charge that succeeds; `accounts` are transit, balance and the fund's fees."""
    payment, attempt = uuid7(), uuid7()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.member_id, c.id, c.customer_id, s.customer_id, c.payment_method_id, m.amount_minor "
            "FROM funding_commitment m JOIN payments_card c ON c.id = m.card_id "
            "JOIN payments_customer s ON s.id = c.customer_id WHERE m.id = %s",
            [commitment],
        )
        member, card, customer, at_stripe, method, amount = cursor.fetchone()
        cursor.execute(
            "INSERT INTO payments_payment (id, stripe_account, livemode, purpose_id, payer_id, customer_id, "
            "credit_account_id, amount_minor, currency, description, state, charge_id, received_minor, refunding_minor, "
            "disputed_minor, created_at) VALUES (%s, %s, false, %s, %s, %s, %s, %s, 'EUR', '', 'created', '', 0, 0, 0, %s)",
            [payment, settings.STRIPE_ACCOUNT, commitment, member, customer, fund.account_id, amount, now],
        )
        _history(cursor, None, ("payments.Payment", payment, "", "created"))
    intent = _ask(
        "payment_intents",
        {"amount": amount, "currency": "eur", "customer": at_stripe, "payment_method_types[]": "card"},
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_payment SET intent_id = %s, state = 'confirming' WHERE id = %s", [intent["id"], payment]
        )
        cursor.execute(
            "INSERT INTO payments_attempt (id, payment_id, number, card_id, on_session, state, decline_code, advice_code, "
            "message, charge_id, action_url, prepared_at, sent_at) "
            "VALUES (%s, %s, 1, %s, false, 'sent', '', '', '', '', '', %s, %s)",
            [attempt, payment, card, now, now],
        )
        _history(
            cursor,
            None,
            ("payments.Attempt", attempt, "", "prepared"),
            ("payments.Payment", payment, "created", "confirming"),
            ("payments.Attempt", attempt, "prepared", "sent"),
        )
    expanded = {"expand[]": "latest_charge.balance_transaction"}
    done = _ask(
        f"payment_intents/{intent['id']}/confirm", {"payment_method": method, "off_session": "true", **expanded}
    )["latest_charge"]
    booked = done["balance_transaction"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_payment SET state = 'succeeded', received_minor = %s, charge_id = %s, succeeded_at = %s "
            "WHERE id = %s",
            [amount, done["id"], now, payment],
        )
        cursor.execute(
            "UPDATE payments_attempt SET state = 'succeeded', answered_at = %s WHERE id = %s", [now, attempt]
        )
        cursor.execute(
            "INSERT INTO payments_balancetransaction (id, stripe_account, livemode, transaction_id, kind, source_id, "
            "payment_id, amount_minor, fee_minor, currency, created_at, available_at) "
            "VALUES (%s, %s, false, %s, 'charge', %s, %s, %s, %s, 'EUR', %s, %s)",
            [uuid7(), settings.STRIPE_ACCOUNT, booked["id"], done["id"], payment, amount, booked["fee"], now, now],
        )
        transit, balance, fees = accounts
        _book(cursor, "payment_succeeded", intent["id"], now, (fund.account_id, -amount), (transit, amount))
        legs = ((transit, -amount), (balance, booked["net"]), (fees, booked["fee"]))
        _book(cursor, "balance_charge", booked["id"], now, *legs)
        cursor.execute(
            "UPDATE funding_commitment SET state = 'paid', payment_id = %s, next_try_at = NULL WHERE id = %s",
            [payment, commitment],
        )
        cursor.execute(
            "INSERT INTO funding_tally (fund_id, kind, amount_minor, promises) VALUES (%s, 'collected', %s, 1)",
            [fund.pk, amount],
        )
        _history(
            cursor,
            None,
            ("payments.Payment", payment, "confirming", "succeeded"),
            ("payments.Attempt", attempt, "sent", "succeeded"),
            ("funding.Commitment", commitment, "charging", "paid"),
        )
        cursor.execute(
            'INSERT INTO post_office_email (from_email, "to", cc, bcc, subject, message, html_message, status, priority, '
            "created, last_updated, backend_alias) "
            "VALUES ('a@example.org', 'b@example.org', '', '', 'x', 'x', '', 2, 1, %s, %s, '')",
            [now, now],
        )


def _book(cursor: Any, fact: str, external_id: str, now: datetime.datetime, *legs: tuple[UUID, int]) -> None:
    entry = uuid7()
    cursor.execute(
        "INSERT INTO payments_entry (id, fact, external_id, at, memo) VALUES (%s, %s, %s, %s, '')",
        [entry, fact, external_id, now],
    )
    cursor.executemany(
        "INSERT INTO payments_posting (entry_id, account_id, currency, amount_minor) VALUES (%s, %s, 'EUR', %s)",
        [(entry, account, amount) for account, amount in legs],
    )


def _history(cursor: Any, by: UUID | None, *moves: tuple[str, UUID, str, str]) -> None:
    cursor.executemany(
        "INSERT INTO members_transition (subject_model, subject_id, from_state, to_state, at, by_id, why) "
        "VALUES (%s, %s, %s, %s, now(), %s, '')",
        [(*move, by) for move in moves],
    )


def _ask(path: str, parameters: dict[str, Any]) -> dict[str, Any]:
    answer = _session.post(
        f"{settings.STRIPE_API_BASE}/v1/{path}",
        data=parameters,
        auth=(settings.STRIPE_SECRET_KEY, ""),
        headers={"Idempotency-Key": str(uuid7()), "Stripe-Version": settings.STRIPE_VERSION},
        timeout=10,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
