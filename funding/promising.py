"""Promises in writing: of a transfer, cash, a cheque, or of paying an invoice. They count once a treasurer of the
receiving organisation has confirmed them."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from uuid6 import uuid7

from funding import locks, mailing, totals
from funding.committing import check_maximum, check_open, consent
from funding.models import Commitment, Fund, WrittenPromise
from funding.models.written import LONGEST_DAYS
from funding.references import reference_of
from members.models import Member, Organisation
from members.moves import move_or_refuse, record
from payments.bank_details import details_of
from payments.money import Money

State = Commitment.State
Way = WrittenPromise.Way

USUAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Words:
    """What a payer writes down: how they pay, who they are, and what their bookkeeping needs. Days from the call."""

    way: str
    payer_name: str
    payer_address: str = ""
    purchase_order: str = ""
    pay_within_days: int = USUAL_DAYS


def check_words(words: Words) -> None:
    """Raises ValidationError by field: `payer_missing`, `address_missing`, `days_wrong`."""
    wrong = {}
    if not words.payer_name.strip():
        wrong["payer_name"] = ValidationError(_("Say who pays."), code="payer_missing")
    if words.way == Way.INVOICE and not words.payer_address.strip():
        wrong["payer_address"] = ValidationError(_("An invoice needs an address."), code="address_missing")
    if not 1 <= words.pay_within_days <= LONGEST_DAYS:
        wrong["pay_within_days"] = ValidationError(
            _("From one day to %(most)d days."), code="days_wrong", params={"most": LONGEST_DAYS}
        )
    if wrong:
        raise ValidationError(wrong)


def words_of(commitment: Commitment) -> Words:
    """What its payer wrote down."""
    kept = commitment.written
    return Words(kept.way, kept.payer_name, kept.payer_address, kept.purchase_order, kept.pay_within_days)


def promise(
    *,
    fund: Fund,
    member: Member,
    maximum: Money,
    words: Words,
    text_version: str,
    text: str,
    accepted_from: str | None,
    by: Member,
    now: datetime.datetime,
    organisation: Organisation | None = None,
    title: str = "",
    page_path: str = "",
    pk: UUID | None = None,
) -> Commitment:
    """A promise in writing, in a fund that `committing.hold_open` gave: a draft until `confirm`. Its reference is made
    here. `title`, `page_path` and `pk` as in `committing.draft`.

    Raises ValidationError: `written_closed` (after the close everybody pays at once, by card), `no_bank_details`,
    `amount_not_positive`, `currency_differs`, and what `check_words` raises.
    """
    check_words(words)
    check_maximum(fund, maximum, by_card=False)
    if fund.state != Fund.State.OPEN:
        raise ValidationError(_("After the close only cards are taken."), code="written_closed")
    if words.way in (Way.TRANSFER, Way.INVOICE) and details_of(fund.receiver) is None:
        raise ValidationError(
            _("%(organisation)s has not said yet where transfers go."),
            code="no_bank_details",
            params={"organisation": fund.receiver.organisation.name},
        )
    with transaction.atomic():
        commitment = Commitment(
            id=pk or uuid7(),
            fund=fund,
            member=member,
            organisation=organisation,
            backing=Commitment.Backing.TRANSFER,
            title=title[:160],
            page_path=page_path,
            maximum_minor=maximum.minor,
            currency=maximum.currency,
            reference=_new_reference(),
            created_at=now,
        )
        commitment.save(force_insert=True)
        record(commitment, "", commitment.state, by=by, now=now)
        WrittenPromise.objects.create(
            commitment=commitment,
            way=words.way,
            payer_name=words.payer_name.strip(),
            payer_address=words.payer_address.strip(),
            purchase_order=words.purchase_order.strip(),
            pay_within_days=words.pay_within_days,
        )
        mailing.written(commitment, consent(commitment, text_version, text, accepted_from, now))
    return commitment


def confirm(commitment_id: UUID, *, maximum: Money, by: Member, now: datetime.datetime) -> Commitment:
    """A treasurer has seen the promise in writing, of this amount: from now on it counts.

    Raises ValidationError: `fund_closed`, `state_changed` (another amount was promised in the meantime, too).
    """
    fund_id = Commitment.objects.values_list("fund", flat=True).get(pk=commitment_id)
    with transaction.atomic():
        locks.share(fund_id)
        commitment = _locked(commitment_id)
        if not commitment.fund.takes_commitments(now):
            raise ValidationError(_("This is closed: nobody can join any more."), code="fund_closed")
        if commitment.maximum != maximum:
            raise ValidationError(_("This has changed in the meantime. Look at it again."), code="state_changed")
        move_or_refuse(commitment, State.SECURED, by=by, now=now, secured_at=now)
        WrittenPromise.objects.filter(commitment=commitment).update(
            confirmed_minor=maximum.minor, confirmed_by=by, confirmed_at=now
        )
        totals.add_secured(commitment, maximum.minor, promises=1)
        mailing.promised(commitment, commitment.consents.latest("given_at"))
    return commitment


def turn_down(commitment_id: UUID, *, by: Member, now: datetime.datetime, why: str) -> None:
    """A treasurer does not take the promise; its payer reads why. Raises ValidationError: `reason_missing`, `state_changed`."""
    if not why.strip():
        raise ValidationError(_("Say why: whoever promised it reads it."), code="reason_missing")
    with transaction.atomic():
        commitment = _locked(commitment_id)
        move_or_refuse(commitment, State.ABANDONED, by=by, now=now, why=why[:240])
        mailing.not_confirmed(commitment, why)


def change(
    commitment: Commitment,
    *,
    maximum: Money,
    text_version: str,
    text: str,
    accepted_from: str | None,
    by: Member,
    now: datetime.datetime,
) -> None:
    """Promise another amount, in a fund that `committing.hold_open` gave. Less is at once; more is confirmed anew.

    Raises ValidationError: `fund_closed`, `state_changed`, `amount_not_positive`, `currency_differs`.
    """
    check_open(commitment.fund)
    check_maximum(commitment.fund, maximum, by_card=False)
    before, state = commitment.maximum_minor, commitment.state
    with transaction.atomic():
        changed = Commitment.objects.filter(
            pk=commitment.pk, state=state, maximum_minor=before, amount_minor=None, backing=Commitment.Backing.TRANSFER
        ).update(maximum_minor=maximum.minor)
        if not changed or state not in (State.DRAFT, State.SECURED):
            raise ValidationError(_("This has changed in the meantime. Look at it again."), code="state_changed")
        commitment.maximum_minor = maximum.minor
        given = consent(commitment, text_version, text, accepted_from, now)
        why = f"{before} → {maximum.minor}"
        confirmed = commitment.written.confirmed_minor or 0
        if state == State.SECURED and maximum.minor > confirmed:
            move_or_refuse(commitment, State.DRAFT, by=by, now=now, why=why, secured_at=None)
            totals.add_secured(commitment, -before, promises=-1)
        else:
            record(commitment, state, state, by=by, now=now, why=why)
            if state == State.SECURED:
                totals.add_secured(commitment, maximum.minor - before, promises=0)
        mailing.changed(commitment, given)


def _locked(commitment_id: UUID) -> Commitment:
    rows = Commitment.objects.select_for_update(no_key=True, of=("self",)).select_related("fund__receiver", "member")
    return rows.get(pk=commitment_id)


def _new_reference() -> str:
    """One that nobody has; of a hundred million, so that two at once are refused by the constraint and tried again."""
    while Commitment.objects.filter(reference=(made := reference_of(secrets.randbelow(10**8)))).exists():
        pass
    return made
