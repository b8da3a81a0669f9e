"""Giving one's support to somebody else, and telling them when it came true."""

from __future__ import annotations

import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Gift, Pledge
from funding.models import Commitment, Fund
from members import mailing
from members.models import Member


class To(NamedTuple):
    """Who gets it, and what they are told. Without an e-mail address the giver hands the card over."""

    name: str
    email: str = ""
    message: str = ""


def give(pledge: Pledge, to: To) -> Gift:
    """Note to whom a pledge is given, in the transaction that makes it."""
    return Gift.objects.create(pledge=pledge, name=to.name, email=to.email, message=to.message)


def change(pledge: Pledge, to: To, *, by: Member, now: datetime.datetime) -> Gift:
    """Correct a name, an address or a message. Raises ValidationError: `gift_told`, `gift_ended`."""
    with transaction.atomic():
        gift = Gift.objects.select_for_update(no_key=True).filter(pledge=pledge).first() or Gift(pledge=pledge)
        if gift.sent_at is not None:
            raise ValidationError(_("Who gets it has been told already."), code="gift_told")
        if pledge.commitment.state not in Commitment.LIVE:
            raise ValidationError(_("This support has ended."), code="gift_ended")
        gift.name, gift.email, gift.message = to.name, to.email, to.message
        gift.save()
    return gift


def came_true(pledge: Pledge) -> bool:
    """Whether the money has arrived and the campaign succeeded: from then on it can be given."""
    return pledge.commitment.state == Commitment.State.PAID and pledge.commitment.fund.outcome == Fund.Outcome.MET


def to_tell(*, limit: int) -> list[UUID]:
    """Gifts that came true and whose recipients have an address and were not written to."""
    true = Gift.objects.filter(
        sent_at=None,
        pledge__commitment__state=Commitment.State.PAID,
        pledge__commitment__fund__outcome=Fund.Outcome.MET,
    )
    return list(true.exclude(email="").order_by("pk").values_list("pk", flat=True)[:limit])


def tell(gift_id: UUID, *, now: datetime.datetime) -> bool:
    """Write to the recipient, once. True when this call did."""
    with transaction.atomic():
        if not Gift.objects.filter(pk=gift_id, sent_at=None).exclude(email="").update(sent_at=now):
            return False
        gift = Gift.objects.select_related("pledge__member", "pledge__campaign__facility").get(pk=gift_id)
        giver = gift.pledge.member
        # Nobody with an account: the giver's language is the best guess.
        reader = Member(email=gift.email, display_name=gift.name, locale=giver.locale, time_zone=giver.time_zone)
        lines = list(gift.pledge.lines.select_related("tier"))
        mailing.send(reader, "campaigns/mail/gift", {"gift": gift, "giver": giver, "lines": lines})
    return True
