"""What closing or cancelling would do, without doing it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding.closing import Fixed
from funding.models import Commitment, Fund
from payments.money import Money
from payments.writing import written


class Foreseen(NamedTuple):
    """What would become of one promise."""

    commitment_id: UUID
    maximum: Money
    sentence: str


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would become of a fund, and of each of its promises."""

    sentence: str
    promises: list[Foreseen]


def closable(*, now: datetime.datetime, ahead: bool) -> list[Fund]:
    """Open funds whose deadline has come; with `ahead` every open one."""
    funds = Fund.objects.filter(state=Fund.State.OPEN).order_by("deadline_at")
    return list(funds if ahead else funds.filter(deadline_at__lte=now))


def foresee(fund: Fund, *, required: Money | None = None, amounts: Mapping[UUID, Fixed] | None = None) -> Foresight:
    """The first decision as it would fall now; nothing is locked or moved.

    `required` and `amounts` as in `funding.closing.fix`, from an owning app that charges other than the maximum.
    """
    promises = fund.commitments.filter(state__in=(Commitment.State.SECURED, Commitment.State.DRAFT)).order_by("pk")
    counted = _counted(fund)["promised"] if amounts is None else sum(one.counted_minor for one in amounts.values())
    secured, minimum = fund.money(counted or 0), required or fund.money(fund.minimum_minor)
    enough = secured >= minimum
    said = {
        Commitment.State.SECURED: "would be charged at most this" if enough else "would be released, never charged",
        Commitment.State.DRAFT: "is not finished; would be abandoned when its card page expires",
    }
    return Foresight(
        sentence=f"{secured} promised, the minimum is {minimum}: "
        + ("the cards would be charged" if enough else "nobody would be charged"),
        promises=[Foreseen(one.pk, one.maximum, said[Commitment.State(one.state)]) for one in promises.iterator()],
    )


def what_closing_does(fund: Fund) -> str:
    """The first decision as it would fall now, in words."""
    stands = _counted(fund)
    words = {
        "count": stands["promises"],
        "promised": written(fund.money(stands["promised"] or 0)),
        "minimum": written(fund.money(fund.minimum_minor)),
    }
    said = ngettext(
        "%(count)d promise of %(promised)s in all stands against a minimum of %(minimum)s.",
        "%(count)d promises of %(promised)s in all stand against a minimum of %(minimum)s.",
        stands["promises"],
    )
    if (stands["promised"] or 0) >= fund.minimum_minor:
        then = _("That is enough: their cards are charged, and everybody gets a mail. This cannot be undone.")
    else:
        then = _("That is too little: nobody is charged, and everybody gets a mail. This cannot be undone.")
    return f"{said % words} {then}"


def what_cancelling_does(fund: Fund) -> str:
    """Who is released, what goes back, and that everybody hears of it."""
    stands = _counted(fund)
    said = [
        ngettext(
            "%(count)d promise of at most %(amount)s is released and never charged.",
            "%(count)d promises of at most %(amount)s in all are released and never charged.",
            stands["promises"],
        )
        % {"count": stands["promises"], "amount": written(fund.money(stands["promised"] or 0))}
        if stands["promises"]
        else "",
        ngettext(
            "%(count)d payment of %(amount)s goes back in full.",
            "%(count)d payments of %(amount)s in all go back in full.",
            stands["payments"],
        )
        % {"count": stands["payments"], "amount": written(fund.money(stands["arrived"] or 0))}
        if stands["payments"]
        else "",
        ngettext(
            "%(count)d charge that is on its way is followed to its end and then returned.",
            "%(count)d charges that are on their way are followed to their end and then returned.",
            stands["under_way"],
        )
        % {"count": stands["under_way"]}
        if stands["under_way"]
        else "",
        _("What the card processor keeps is borne by %(bearer)s.") % {"bearer": fund.fee_bearer}
        if stands["payments"]
        else "",
        _("Everybody concerned gets a mail with the reason. This cannot be undone."),
    ]
    return " ".join(part for part in said if part)


def _counted(fund: Fund) -> dict[str, int]:
    secured, paid = Q(state=Commitment.State.SECURED), Q(state=Commitment.State.PAID)
    return fund.commitments.aggregate(
        promises=Count("pk", filter=secured),
        promised=Sum("maximum_minor", filter=secured),
        payments=Count("pk", filter=paid),
        arrived=Sum(
            Coalesce(
                F("payment__received_minor") - F("payment__refunding_minor") - F("payment__disputed_minor"),
                F("transferred_minor"),
                output_field=BigIntegerField(),
            ),
            filter=paid,
        ),
        under_way=Count("pk", filter=Q(state__in=Commitment.UNDECIDED)),
    )
