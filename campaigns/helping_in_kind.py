"""Help that is no money: offered by members, valued and taken by the producer, and never counted as money."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.in_writing import terms_of
from campaigns.models import Campaign, InKind
from members import mailing
from members.models import Member
from members.moves import move_or_refuse, record
from payments.money import Money

State = InKind.State
# By one member for one campaign, waiting for an answer.
MOST_WAITING = 5


def offer(
    *,
    campaign: Campaign,
    kind: str,
    title: str,
    text: str,
    by: Member,
    now: datetime.datetime,
    is_anonymous: bool = False,
) -> InKind:
    """Offer equipment, land or work. Raises ValidationError: `in_kind_not_taken`, `title_missing`, `too_many_offers`."""
    terms = terms_of(campaign)
    if terms is None or not terms.takes_in_kind or campaign.fund is None or not campaign.fund.takes_commitments(now):
        raise ValidationError(_("This campaign takes no offers in kind."), code="in_kind_not_taken")
    if not title.strip():
        raise ValidationError(_("Say what it is."), code="title_missing")
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=by.pk)
        if InKind.objects.filter(campaign=campaign, member=by, state=State.OFFERED).count() >= MOST_WAITING:
            raise ValidationError(
                _("%(most)d offers of yours wait for an answer already."),
                code="too_many_offers",
                params={"most": MOST_WAITING},
            )
        row = InKind(campaign=campaign, member=by, kind=kind, title=title.strip(), text=text.strip(), offered_at=now)
        row.is_anonymous = is_anonymous
        row.full_clean(exclude=["decided_at", "valued_minor"])
        row.save(force_insert=True)
        record(row, "", row.state, by=by, now=now)
    return row


def accept(row: InKind, *, value: Money, words: str, by: Member, now: datetime.datetime) -> None:
    """Take it, at this value. Raises ValidationError: `currency_differs`, `amount_negative`, `state_changed`."""
    if value.currency != row.currency:
        raise ValidationError(_("Value it in the campaign's currency."), code="currency_differs")
    if value.minor < 0:
        raise ValidationError(_("It cannot be negative."), code="amount_negative")
    with transaction.atomic():
        move_or_refuse(
            row, State.ACCEPTED, by=by, now=now, why=words[:240], valued_minor=value.minor, words=words, decided_at=now
        )
        _tell(row, "in_kind_accepted")


def decline(row: InKind, *, words: str, by: Member, now: datetime.datetime) -> None:
    """Do not take it, and say why. Raises ValidationError: `reason_missing`, `state_changed`."""
    if not words.strip():
        raise ValidationError(_("Say why: whoever offered it reads it."), code="reason_missing")
    with transaction.atomic():
        move_or_refuse(row, State.DECLINED, by=by, now=now, why=words[:240], words=words, decided_at=now)
        _tell(row, "in_kind_declined")


def withdraw(row: InKind, *, by: Member, now: datetime.datetime) -> None:
    """Take an offer back. Raises ValidationError (`state_changed`)."""
    move_or_refuse(row, State.WITHDRAWN, by=by, now=now)


def _tell(row: InKind, template: str) -> None:
    mailing.send(row.member, f"campaigns/mail/{template}", {"offer": row, "campaign": row.campaign})
