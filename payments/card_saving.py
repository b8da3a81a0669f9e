"""Saving a card on Stripe's hosted page, for charges while its holder is away. No card number ever comes here."""

from __future__ import annotations

import datetime
import logging
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move, record
from payments import stripe_gateway
from payments.models import Card, CardSetup, Customer, Receiver
from payments.stripe_gateway import AccountRef, Answer

logger = logging.getLogger(__name__)

State = CardSetup.State

# Time enough to type a card's number and to be asked by one's bank.
TIME_TO_FILL_IN = datetime.timedelta(minutes=5)
# More than anybody fills in side by side. All requests to Stripe stand in one line, the charges too.
MOST_PAGES_AT_ONCE = 12


def customer_of(member: Member, receiver: Receiver, *, now: datetime.datetime) -> Customer:
    """The member as the receiver's Stripe account knows them, or will."""
    customer, _created = Customer.objects.get_or_create(
        member=member,
        stripe_account=receiver.stripe_account,
        livemode=receiver.livemode,
        defaults={"created_at": now},
    )
    return customer


def prepare_setup(
    *,
    member: Member,
    receiver: Receiver,
    purpose_id: UUID,
    mandate_version: str,
    mandate_text: str,
    accepted_from: str | None,
    success_url: str,
    cancel_url: str,
    expires_at: datetime.datetime,
    now: datetime.datetime,
) -> CardSetup:
    """A visit to the hosted page, with the mandate given for it; the caller's transaction commits it."""
    customer = customer_of(member, receiver, now=now)
    setup = CardSetup(
        stripe_account=receiver.stripe_account,
        livemode=receiver.livemode,
        customer=customer,
        purpose_id=purpose_id,
        currency=receiver.currencies[0],
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=expires_at,
        mandate_version=mandate_version,
        mandate_text=mandate_text,
        accepted_at=now,
        accepted_from=accepted_from,
    )
    setup.save(force_insert=True)
    record(setup, "", setup.state, by=member, now=now)
    return setup


def open_page(setup_id: UUID, *, now: datetime.datetime) -> str:
    """The address of the hosted page; the same one when asked again.

    Raises ValidationError: `card_page_unavailable` (Stripe gives no answer, try again), `card_page_over`,
    `too_many_card_pages`.
    """
    setup = CardSetup.objects.select_related("customer__member").get(pk=setup_id)
    if setup.state == State.OPEN:
        return setup.url
    if setup.state != State.PREPARED or now >= setup.expires_at:
        raise ValidationError(_("This page for your card is over. Start again."), code="card_page_over")
    _refuse_flood(setup, now=now)
    account = _account(setup)
    try:
        session = stripe_gateway.create_setup_session(
            account,
            setup_id=str(setup.pk),
            customer_id=_customer_id(setup.customer, account),
            currency=setup.currency,
            success_url=setup.success_url,
            cancel_url=setup.cancel_url,
            expires_at=setup.expires_at,
            mandate=setup.mandate_text,
            locale=setup.customer.member.locale.partition("-")[0],
            key=f"setup-{setup.pk}",
        )
    except stripe_gateway.GatewayError as error:
        logger.warning("No card page for %s: %s", setup.pk, error)
        raise ValidationError(
            _("The card page does not answer just now. Nothing was saved or charged: please try again."),
            code="card_page_unavailable",
        ) from error
    move(setup, State.OPEN, by=None, now=now, session_id=session["id"], url=session["url"])
    return str(session["url"])


def _refuse_flood(setup: CardSetup, *, now: datetime.datetime) -> None:
    """Only pages begun before this one count, so that many at once are told apart without waiting for each other."""
    unfinished = CardSetup.objects.filter(
        customer=setup.customer_id, state__in=(State.PREPARED, State.OPEN), expires_at__gt=now, pk__lt=setup.pk
    )
    if unfinished.count() >= MOST_PAGES_AT_ONCE:
        raise ValidationError(
            _("%(most)d pages for your cards are open already. Finish or discard one of them first."),
            code="too_many_card_pages",
            params={"most": MOST_PAGES_AT_ONCE},
        )


def is_usable(setup: CardSetup, mandate_text: str, *, now: datetime.datetime) -> bool:
    """Whether its page is open and can still be filled in, under the same words."""
    return setup.state == State.OPEN and setup.mandate_text == mandate_text and now + TIME_TO_FILL_IN < setup.expires_at


def look_up_setup(setup_id: UUID, *, now: datetime.datetime) -> CardSetup:
    """Fetch the page's session from Stripe and apply it; unchanged when Stripe does not answer."""
    setup = CardSetup.objects.get(pk=setup_id)
    if setup.session_id is not None and setup.state == State.OPEN:
        try:
            session = stripe_gateway.retrieve_session(_account(setup), setup.session_id)
        except stripe_gateway.Refused as refused:
            logger.warning("Stripe has no card page %s: %s", setup.pk, refused)
            if refused.code == "resource_missing":
                move(setup, State.EXPIRED, by=None, now=now, why="unknown to Stripe")
        except stripe_gateway.GatewayError as error:
            logger.warning("Card page %s could not be looked up: %s", setup.pk, error)
        else:
            apply_session(session, account=_account(setup), now=now)
            setup.refresh_from_db()
    return setup


def expire_setup(setup_id: UUID, *, now: datetime.datetime) -> CardSetup:
    """End the page at Stripe first; had a card been saved meanwhile, that is applied instead.

    Its state is then complete or expired; unchanged when Stripe does not answer.
    """
    setup = CardSetup.objects.get(pk=setup_id)
    if setup.state == State.PREPARED and now >= setup.expires_at + stripe_gateway.LONGEST_CALL:
        # Its session was never committed, so nobody was sent to it; it expires at Stripe by itself.
        move(setup, State.EXPIRED, by=None, now=now)
    elif setup.state == State.OPEN and setup.session_id is not None:
        try:
            stripe_gateway.expire_session(_account(setup), setup.session_id)
        except stripe_gateway.Refused:
            logger.info("Card page %s was over already.", setup.pk)
        except stripe_gateway.GatewayError as error:
            logger.warning("Card page %s could not be ended: %s", setup.pk, error)
        return look_up_setup(setup_id, now=now)
    return setup


def apply_session(session: Answer, *, account: AccountRef, now: datetime.datetime) -> CardSetup | None:
    """Take over what Stripe says of a hosted page (with its SetupIntent and PaymentMethod inside).

    Safe twice and out of order. None for a session that is not ours.
    """
    with transaction.atomic():
        setup = _setup_of(session, account)
        if setup is None:
            return None
        if setup.state not in (State.PREPARED, State.OPEN):
            return setup
        intent: dict[str, Any] = session.get("setup_intent") or {}
        if session["status"] == "complete" and intent.get("status") == "succeeded":
            card = _card(setup, intent["payment_method"], now=now)
            move(setup, State.COMPLETE, by=None, now=now, card=card, session_id=session["id"])
        elif session["status"] == "expired":
            move(setup, State.EXPIRED, by=None, now=now, session_id=session["id"])
    return setup


def _account(row: CardSetup) -> AccountRef:
    return AccountRef(row.stripe_account, row.livemode)


def _customer_id(customer: Customer, account: AccountRef) -> str:
    """The customer's id at Stripe, made once; a lost answer is repeated with the same key."""
    if customer.customer_id is None:
        answer = stripe_gateway.create_customer(
            account,
            member_id=str(customer.member_id),
            email=customer.member.email,
            name=customer.member.display_name,
            key=f"customer-{customer.pk}",
        )
        Customer.objects.filter(pk=customer.pk, customer_id=None).update(customer_id=answer["id"])
        customer.refresh_from_db(fields=["customer_id"])
    return customer.customer_id or ""


def _setup_of(session: Answer, account: AccountRef) -> CardSetup | None:
    rows = CardSetup.objects.select_for_update(no_key=True).filter(
        stripe_account=account.stripe_account, livemode=account.livemode
    )
    setup = rows.filter(session_id=session["id"]).first()
    if setup is None:
        try:
            ours = UUID((session.get("metadata") or {}).get("setup", ""))
        except ValueError:
            return None
        setup = rows.filter(pk=ours, session_id=None).first()
    return setup


def _card(setup: CardSetup, method: Answer, *, now: datetime.datetime) -> Card:
    details = method["card"]
    card, _created = Card.objects.get_or_create(
        payment_method_id=method["id"],
        stripe_account=setup.stripe_account,
        livemode=setup.livemode,
        defaults={
            "customer": setup.customer,
            "brand": details["brand"],
            "last4": details["last4"],
            "exp_month": details["exp_month"],
            "exp_year": details["exp_year"],
            "saved_at": now,
        },
    )
    return card
