"""What somebody chooses of a campaign's rewards, and what it costs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns import countries, delivering
from campaigns.models import Campaign, PledgeLine, Tier
from members.templatetags.moments import moment
from payments.money import Money
from payments.writing import written

# Of one limited thing nobody takes more in one go: what is begun and never paid would keep it from others.
MOST_OF_ONE = 20


class Choice(NamedTuple):
    """So many of one reward."""

    tier: Tier
    quantity: int = 1


def lines_for(
    campaign: Campaign,
    choices: Iterable[Choice],
    *,
    country: str = "",
    now: datetime.datetime,
    kept: Mapping[UUID, int] | None = None,
) -> list[PledgeLine]:
    """The lines of a pledge with their prices, not saved, in the order in which their rewards are counted.

    `country` is where what is sent by post goes, `kept` what a pledge that is changed has of each reward already: of what
    is over for others it may keep so many.
    Raises ValidationError: `tier_of_another_campaign`, `tier_twice`, `quantity_wrong`, `tier_over`, and what
    `delivering.price` raises.
    """
    lines: list[PledgeLine] = []
    for tier, quantity in sorted(choices, key=lambda choice: choice.tier.pk):
        if tier.campaign_id != campaign.pk:
            raise ValidationError(_("This reward is another campaign's."), code="tier_of_another_campaign")
        if lines and lines[-1].tier_id == tier.pk:
            raise ValidationError(_("“%(tier)s” is named twice."), code="tier_twice", params={"tier": tier.title})
        if not 1 <= quantity <= MOST_OF_ONE:
            raise ValidationError(
                _("Choose from 1 to %(most)d of “%(tier)s”."),
                code="quantity_wrong",
                params={"most": MOST_OF_ONE, "tier": tier.title},
            )
        if not tier.is_offered(now) and quantity > (kept or {}).get(tier.pk, 0):
            raise ValidationError(
                _("“%(tier)s” was to be had only until %(until)s."),
                code="tier_over",
                params={"tier": tier.title, "until": moment(tier.available_until_at)},
            )
        shipping = delivering.price(tier, quantity, country)
        lines.append(
            PledgeLine(tier=tier, quantity=quantity, unit_minor=tier.amount_minor, shipping_minor=shipping.minor)
        )
    return lines


def cost(campaign: Campaign, lines: Iterable[PledgeLine]) -> Money:
    """What the chosen rewards cost with their delivery."""
    return Money(sum(line.amount_minor for line in lines), campaign.currency)


def promised(campaign: Campaign, lines: list[PledgeLine], amount: Money | None) -> Money:
    """What is promised: `amount`, or what the rewards cost when none is named.

    Raises ValidationError: `amount_below_rewards`, `amount_missing`, `currency_differs`.
    """
    least = cost(campaign, lines)
    if amount is None:
        if not lines:
            raise ValidationError(_("Choose a reward, or say how much."), code="amount_missing")
        return least
    if amount.currency != campaign.currency:
        raise ValidationError(
            _("This takes %(currency)s only."), code="currency_differs", params={"currency": campaign.currency}
        )
    if amount < least:
        raise ValidationError(
            _("What you chose costs %(least)s."), code="amount_below_rewards", params={"least": written(least)}
        )
    return amount


def told(lines: Iterable[PledgeLine], country: str = "") -> str:
    """What is chosen, in words: “2 × Stool, 1 × Postcard”, and where it is sent."""
    said = ", ".join(f"{line.quantity} × {line.tier.title}" for line in lines)
    return f"{said} ({_('sent to %(country)s') % {'country': countries.name(country)}})" if country and said else said


def sent_to(lines: Iterable[PledgeLine], country: str) -> str:
    """`country` when any of it is sent by post, else nothing: nobody's country is kept for no reason."""
    return country if any(line.tier.handing == Tier.Handing.SHIPPED for line in lines) else ""
