"""Moving a fund's deadline later: once, while it is open, and everybody who promised is told."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from funding import locks
from funding.models import Commitment, Fund
from funding.opening import check_deadline
from members.models import Member
from members.moves import record

# Nobody's card is kept waiting much longer than they agreed to.
FARTHEST = datetime.timedelta(days=60)


def extend(fund_id: UUID, *, deadline_at: datetime.datetime, by: Member, now: datetime.datetime) -> Fund:
    """Give people until `deadline_at`, 60 days more at most; who promised is told by the sweep that they may withdraw.

    Whoever was told already what is charged when is told anew before the new deadline.
    Raises ValidationError: `fund_closed`, `extended_before`, `deadline_not_later`, `extended_too_far`, and what
    `funding.opening.check_deadline` raises.
    """
    with transaction.atomic():
        # A close at the same moment comes first, or sees the new deadline.
        locks.hold_alone(fund_id)
        fund = Fund.objects.get(pk=fund_id)
        if fund.state != Fund.State.OPEN or now >= fund.deadline_at:
            raise ValidationError(_("Its deadline has passed: it cannot be moved any more."), code="fund_closed")
        if fund.extended_at is not None:
            raise ValidationError(_("Its deadline was moved already. It moves once only."), code="extended_before")
        if deadline_at <= fund.deadline_at:
            raise ValidationError(_("A deadline only moves later."), code="deadline_not_later")
        if deadline_at - fund.deadline_at > FARTHEST:
            raise ValidationError(_("A deadline moves by 60 days at most."), code="extended_too_far")
        check_deadline(deadline_at, now=now)
        before = fund.deadline_at
        Fund.objects.filter(pk=fund.pk).update(deadline_at=deadline_at, extended_at=now)
        record(fund, fund.state, fund.state, by=by, now=now, why=f"deadline {before:%F %T} → {deadline_at:%F %T} UTC")
        told = Commitment.objects.filter(fund=fund, state=Commitment.State.SECURED, announced_at__isnull=False)
        told.update(announced_at=None)
    fund.deadline_at, fund.extended_at = deadline_at, now
    return fund
