"""Joining a fund, changing one's promise, and leaving it."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from uuid6 import uuid7

from funding import locks, mailing, totals
from funding.claiming import claim
from funding.models import Commitment, Consent, Fund
from members.acting import refuse_unless_acting
from members.erasing import refuse_erased
from members.models import Member, Organisation
from members.moves import move, move_or_refuse, record
from payments import card_limits, card_saving
from payments.models import CardSetup
from payments.money import Money

State = Commitment.State

# Stripe keeps a hosted page open for at least half an hour.
DRAFT_LIFETIME = datetime.timedelta(minutes=35)
MOST_DRAFTS = 3


def hold_open(fund_id: UUID, *, now: datetime.datetime) -> Fund:
    """Share the fund's lock and read it anew; call first in the transaction that joins, changes or leaves.

    Until the transaction ends nobody can close the fund. Raises ValidationError (`fund_closed`).
    """
    locks.share(fund_id)
    fund = Fund.objects.select_related("receiver", "account").get(pk=fund_id)
    if not fund.takes_commitments(now):
        raise ValidationError(_("This is closed: nobody can join or leave any more."), code="fund_closed")
    return fund


def draft(
    *,
    fund: Fund,
    member: Member,
    maximum: Money,
    mandate_version: str,
    mandate_text: str,
    accepted_from: str | None,
    success_url: str,
    cancel_url: str,
    by: Member,
    now: datetime.datetime,
    organisation: Organisation | None = None,
    title: str = "",
    page_path: str = "",
    pk: UUID | None = None,
) -> Commitment:
    """A promise whose card is still to be saved, in a fund that `hold_open` gave. `{commitment}` in a URL is its id.

    `title` and `page_path` are what its payer calls it and where they see it. A caller that wrote the id down before, in a
    row of its own, gives it as `pk`.

    Raises ValidationError: `amount_not_positive`, `amount_too_small`, `amount_too_large`, `currency_differs`,
    `not_acting_for`, `member_erased`.
    """
    _check_maximum(fund, maximum)
    refuse_unless_acting(member, organisation)
    refuse_erased(member)
    commitment = Commitment(
        id=pk or uuid7(),
        fund=fund,
        member=member,
        organisation=organisation,
        title=title[:160],
        page_path=page_path,
        maximum_minor=maximum.minor,
        currency=maximum.currency,
        created_at=now,
        draft_expires_at=now + DRAFT_LIFETIME,
    )
    commitment.setup = card_saving.prepare_setup(
        member=member,
        receiver=fund.receiver,
        purpose_id=commitment.pk,
        mandate_version=mandate_version,
        mandate_text=mandate_text,
        accepted_from=accepted_from,
        success_url=success_url.replace("{commitment}", str(commitment.pk)),
        cancel_url=cancel_url.replace("{commitment}", str(commitment.pk)),
        expires_at=now + DRAFT_LIFETIME,
        now=now,
    )
    commitment.save(force_insert=True)
    record(commitment, "", commitment.state, by=by, now=now)
    _consent(commitment, mandate_version, mandate_text, accepted_from, now)
    return commitment


def promise(
    *,
    fund: Fund,
    member: Member,
    maximum: Money,
    reference: str,
    by: Member,
    now: datetime.datetime,
    organisation: Organisation | None = None,
) -> Commitment:
    """A written promise of a bank transfer, secured at once; recognised on the bank account by its `reference`.

    Raises ValidationError: `amount_not_positive`, `currency_differs`, `reference_missing`.
    """
    _check_maximum(fund, maximum, by_card=False)
    if not reference:
        raise ValidationError(_("A transfer needs a reference to be recognised by."), code="reference_missing")
    with transaction.atomic():
        commitment = Commitment(
            fund=fund,
            member=member,
            organisation=organisation,
            backing=Commitment.Backing.TRANSFER,
            maximum_minor=maximum.minor,
            currency=maximum.currency,
            state=State.SECURED,
            reference=reference,
            created_at=now,
            secured_at=now,
        )
        commitment.save(force_insert=True)
        record(commitment, "", commitment.state, by=by, now=now)
        totals.add_secured(commitment, commitment.maximum_minor, promises=1)
    return commitment


def open_card_page(commitment_id: UUID, *, now: datetime.datetime) -> str:
    """The address of the hosted page that saves the card. Raises ValidationError (`card_page_unavailable`)."""
    setup_id = Commitment.objects.values_list("setup", flat=True).get(pk=commitment_id)
    if setup_id is None:
        raise ValidationError(_("This support needs no card."), code="no_card_needed")
    return card_saving.open_page(setup_id, now=now)


def settle_draft(commitment_id: UUID, *, now: datetime.datetime) -> Commitment:
    """Look at what became of the hosted page, and secure, charge or abandon accordingly; safe to call at any time.

    Also finishes the replacement of a card.
    """
    commitment = Commitment.objects.select_related("setup").get(pk=commitment_id)
    setup = commitment.setup
    if setup is not None and setup.state not in (CardSetup.State.COMPLETE, CardSetup.State.EXPIRED):
        setup = card_saving.look_up_setup(setup.pk, now=now)
    if setup is not None:
        _apply_setup(commitment, setup, now=now)
    commitment.refresh_from_db()
    return commitment


def finished_pages(*, limit: int) -> list[UUID]:
    """Promises whose hosted page is over without their knowing: its visitor never came back, a webhook said so."""
    fresh = Q(state=State.DRAFT, setup__state__in=(CardSetup.State.COMPLETE, CardSetup.State.EXPIRED))
    other_card = Q(state__in=(State.SECURED, *Commitment.UNDECIDED), setup__state=CardSetup.State.COMPLETE)
    rows = Commitment.objects.filter(fresh | other_card & ~Q(card=F("setup__card")))
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def claim_endable(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Claim drafts to `abandon`: their page is over, or their fund closes and what was saved by now counts."""
    over = Commitment.objects.filter(Q(draft_expires_at__lte=now) | Q(fund__state=Fund.State.CLOSING))
    return claim(over.filter(state=State.DRAFT), now=now, limit=limit, order="draft_expires_at")


def abandon(commitment_id: UUID, *, now: datetime.datetime, by: Member | None = None) -> Commitment:
    """End a draft: its page is closed at Stripe first, and when a card was saved after all, that counts instead."""
    commitment = Commitment.objects.get(pk=commitment_id)
    if commitment.state == State.DRAFT and commitment.setup_id is not None:
        setup = card_saving.expire_setup(commitment.setup_id, now=now)
        _apply_setup(commitment, setup, now=now, by=by)
        commitment.refresh_from_db()
    return commitment


def discard(commitment_id: UUID, *, by: Member, now: datetime.datetime) -> None:
    """Give up a promise that was not finished. Talks to Stripe.

    Raises ValidationError: `card_page_unavailable`, `state_changed` (its card was saved after all).
    """
    commitment = abandon(commitment_id, now=now, by=by)
    if commitment.state == State.DRAFT:
        raise ValidationError(
            _("The card page does not answer just now. Try again, or let it end by itself within the hour."),
            code="card_page_unavailable",
        )
    if commitment.state != State.ABANDONED:
        raise ValidationError(_("Your card was saved in the meantime. Look at it again."), code="state_changed")


def refuse_hoarding(fund: Fund, member: Member) -> None:
    """Nobody keeps limited things from others with promises that they do not finish.

    Holds the member's row until the transaction ends, so that many at once are counted one after the other.
    Raises ValidationError (`too_many_drafts`).
    """
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    if Commitment.objects.of_member(member).filter(fund=fund, state=State.DRAFT).count() >= MOST_DRAFTS:
        raise ValidationError(
            _("You have begun this %(most)d times without saving a card. Finish or discard one of them first."),
            code="too_many_drafts",
            params={"most": MOST_DRAFTS},
        )


def change_maximum(
    commitment: Commitment,
    *,
    maximum: Money,
    mandate_version: str,
    mandate_text: str,
    accepted_from: str | None,
    by: Member,
    now: datetime.datetime,
) -> None:
    """Promise another amount on the same card, or other things for the same, in a fund that `hold_open` gave.

    Raises ValidationError: `fund_closed`, `state_changed`, and what `draft` raises.
    """
    _check_open(commitment.fund)
    _check_maximum(commitment.fund, maximum)
    before = commitment.maximum_minor
    with transaction.atomic():
        changed = Commitment.objects.filter(
            pk=commitment.pk, state=State.SECURED, maximum_minor=before, amount_minor=None
        ).update(maximum_minor=maximum.minor)
        if not changed:
            raise ValidationError(_("This has changed in the meantime. Look at it again."), code="state_changed")
        commitment.maximum_minor = maximum.minor
        consent = _consent(commitment, mandate_version, mandate_text, accepted_from, now)
        record(commitment, State.SECURED, State.SECURED, by=by, now=now, why=f"{before} → {maximum.minor}")
        if maximum.minor != before:
            totals.add_secured(commitment, maximum.minor - before, promises=0)
        mailing.changed(commitment, consent)


def withdraw(commitment: Commitment, *, by: Member, now: datetime.datetime) -> None:
    """Take a secured promise back, in a fund that `hold_open` gave.

    Raises ValidationError: `fund_closed`, `state_changed`.
    """
    _check_open(commitment.fund)
    with transaction.atomic():
        move_or_refuse(commitment, State.WITHDRAWN, by=by, now=now)
        totals.add_secured(commitment, -commitment.maximum_minor, promises=-1)
        mailing.withdrawn(commitment)


def start_card_replacement(
    commitment: Commitment,
    *,
    mandate_version: str,
    mandate_text: str,
    accepted_from: str | None,
    success_url: str,
    cancel_url: str,
    by: Member,
    now: datetime.datetime,
) -> CardSetup:
    """Prepare another card for a promise; `payments.card_saving.open_page` then gives the page, `settle_draft` ends it.

    Whoever asks again while a page about the same words is open gets that page: of two, one would be filled in in vain.
    Raises ValidationError (`card_not_replaceable`) when the promise is not waiting for a card any more.
    """
    with transaction.atomic():
        locked = (
            Commitment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("setup")
            .get(pk=commitment.pk)
        )
        if locked.state not in (State.SECURED, *Commitment.UNDECIDED) or locked.backing != Commitment.Backing.CARD:
            raise ValidationError(_("There is no card to replace here any more."), code="card_not_replaceable")
        if locked.setup is not None and card_saving.is_usable(locked.setup, mandate_text, now=now):
            commitment.setup = locked.setup
            return locked.setup
        setup = card_saving.prepare_setup(
            member=commitment.member,
            receiver=commitment.fund.receiver,
            purpose_id=commitment.pk,
            mandate_version=mandate_version,
            mandate_text=mandate_text,
            accepted_from=accepted_from,
            success_url=success_url,
            cancel_url=cancel_url,
            expires_at=now + DRAFT_LIFETIME,
            now=now,
        )
        Commitment.objects.filter(pk=commitment.pk).update(setup=setup)
    commitment.setup = setup
    return setup


def _check_maximum(fund: Fund, maximum: Money, *, by_card: bool = True) -> None:
    if by_card:
        card_limits.check(maximum)
    elif maximum.minor <= 0:
        raise ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")
    if maximum.currency != fund.currency:
        raise ValidationError(
            _("This takes %(currency)s only."), code="currency_differs", params={"currency": fund.currency}
        )


def _check_open(fund: Fund) -> None:
    if fund.state != Fund.State.OPEN:
        raise ValidationError(_("This is closed: nobody can change or leave any more."), code="fund_closed")


def _consent(
    commitment: Commitment, version: str, text: str, given_from: str | None, now: datetime.datetime
) -> Consent:
    return Consent.objects.create(
        commitment=commitment,
        maximum_minor=commitment.maximum_minor,
        text_version=version,
        text=text,
        given_at=now,
        given_from=given_from,
    )


def _apply_setup(commitment: Commitment, setup: CardSetup, *, now: datetime.datetime, by: Member | None = None) -> None:
    """Take a finished hosted page into account, under the lock that the close also takes."""
    if setup.state not in (CardSetup.State.COMPLETE, CardSetup.State.EXPIRED):
        return
    with transaction.atomic():
        locks.share(commitment.fund_id)
        locked = (
            Commitment.objects.select_for_update(no_key=True, of=("self",)).select_related("fund").get(pk=commitment.pk)
        )
        if locked.state == State.DRAFT:
            if setup.state == CardSetup.State.EXPIRED:
                move(locked, State.ABANDONED, by=by, now=now, why="no card was saved")
            else:
                _secure(locked, setup, now=now)
        elif (
            setup.state == CardSetup.State.COMPLETE and locked.setup_id == setup.pk and locked.card_id != setup.card_id
        ):
            _replace_card(locked, setup, now=now)


def _secure(commitment: Commitment, setup: CardSetup, *, now: datetime.datetime) -> None:
    fund = commitment.fund
    saved: dict[str, Any] = {"card_id": setup.card_id, "secured_at": now}
    # Whoever agreed before the deadline and saved the card before the amounts are fixed is in time.
    if fund.state in (Fund.State.OPEN, Fund.State.CLOSING):
        move(commitment, State.SECURED, by=commitment.member, now=now, **saved)
    elif not fund.takes_commitments(now):
        move(commitment, State.ABANDONED, by=None, now=now, why="the card was saved after the close")
        return
    else:
        # Joined after the close: charged at once, in full.
        whole: dict[str, Any] = {"amount_minor": commitment.maximum_minor, "counted_minor": commitment.maximum_minor}
        move(commitment, State.CHARGING, by=commitment.member, now=now, next_try_at=now, **saved, **whole)
    totals.add_secured(commitment, commitment.maximum_minor, promises=1)
    mailing.promised(commitment, commitment.consents.latest("given_at"))


def _replace_card(commitment: Commitment, setup: CardSetup, *, now: datetime.datetime) -> None:
    fresh = {"card_id": setup.card_id, "card_exhausted": False}
    if commitment.state in (State.DECLINED, State.ACTION_REQUIRED):
        move(
            commitment,
            State.CHARGING,
            by=commitment.member,
            now=now,
            why="another card",
            next_try_at=now,
            **fresh,
        )
    elif commitment.state in (State.SECURED, State.CHARGING):
        Commitment.objects.filter(pk=commitment.pk).update(**fresh)
