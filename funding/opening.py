"""Opening a fund."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from funding.models import Fund
from members.models import Member, Organisation
from members.moves import record
from payments.booking import Kind, account_for
from payments.models import Receiver
from payments.money import Money

WEEK_MINUTES = 7 * 24 * 60
LONGEST_WINDOW_MINUTES = 60 * 24 * 60
# Cards saved now have expired by then; and a year that was mistyped can never be put right, since terms are frozen.
FARTHEST_DEADLINE = datetime.timedelta(days=2 * 365)


def check_deadline(deadline_at: datetime.datetime, *, now: datetime.datetime) -> None:
    """Whether a fund can be open until then. Raises ValidationError: `deadline_passed`, `deadline_too_far`."""
    if deadline_at <= now:
        raise ValidationError(_("The deadline must lie in the future."), code="deadline_passed")
    if deadline_at - now > FARTHEST_DEADLINE:
        raise ValidationError(_("The deadline lies at most two years ahead."), code="deadline_too_far")


def open_fund(
    *,
    receiver: Receiver,
    title: str,
    page_path: str,
    minimum: Money,
    goal: Money,
    deadline_at: datetime.datetime,
    fee_bearer: Organisation,
    by: Member | None,
    now: datetime.datetime,
    window_minutes: int = WEEK_MINUTES,
    fills_gap: bool = False,
    takes_late: bool = False,
    kind: str = Fund.Kind.SUPPORT,
) -> Fund:
    """A fund that takes commitments from now until `deadline_at`; after a decline, cards may be mended for the window.

    Raises ValidationError: `minimum_not_positive`, `goal_below_minimum`, `window_wrong`, `currency_not_settled` (the
    receiving account does not settle in it), and what `check_deadline` raises.
    """
    if minimum.minor <= 0:
        raise ValidationError(_("The minimum must be more than nothing."), code="minimum_not_positive")
    if goal < minimum:
        raise ValidationError(_("The goal cannot be below the minimum."), code="goal_below_minimum")
    check_deadline(deadline_at, now=now)
    if not 1 <= window_minutes <= LONGEST_WINDOW_MINUTES:
        raise ValidationError(_("The time to mend a card is from one minute to 60 days."), code="window_wrong")
    if minimum.currency not in receiver.currencies:
        raise ValidationError(
            _("%(organisation)s cannot receive %(currency)s."),
            code="currency_not_settled",
            params={"organisation": receiver.organisation.name, "currency": minimum.currency},
        )
    with transaction.atomic():
        fund = Fund(
            receiver=receiver,
            kind=kind,
            title=title,
            page_path=page_path,
            currency=minimum.currency,
            minimum_minor=minimum.minor,
            goal_minor=goal.minor,
            deadline_at=deadline_at,
            window_minutes=window_minutes,
            fills_gap=fills_gap,
            takes_late=takes_late,
            fee_bearer=fee_bearer,
            opened_at=now,
        )
        fund.account = account_for(receiver, Kind.FUND, minimum.currency, subject_id=fund.pk, name=title[:120])
        fund.save(force_insert=True)
        record(fund, "", fund.state, by=by, now=now)
    return fund
