"""Supporting a campaign, changing one's mind, and leaving."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from uuid6 import uuid7

from campaigns import choosing, giving, in_writing
from campaigns.choosing import Choice
from campaigns.models import Campaign, Pledge, PledgeLine, Tier
from funding import committing, promising
from funding.models import Commitment, Fund
from members.models import Member, Organisation
from payments.money import Money
from payments.writing import written

MANDATE_VERSION = "2026-11"

# States of a commitment in which nobody keeps a limited reward from others.
GONE = (
    Commitment.State.ABANDONED,
    Commitment.State.WITHDRAWN,
    Commitment.State.RELEASED,
    Commitment.State.DROPPED,
)


def mandate(campaign: Campaign, fund: Fund, amount: Money, lines: Sequence[PledgeLine] = (), country: str = "") -> str:
    """What a supporter agrees to, in the words they read before the card page."""
    words = {
        "title": campaign.title,
        "amount": written(amount),
        "organisation": campaign.facility.organisation.name,
        "minimum": written(fund.money(fund.minimum_minor)),
    }
    if fund.charges_at_once:
        text = _(
            "I support “%(title)s” with %(amount)s. The campaign is collecting already: %(organisation)s may charge "
            "my saved card this amount once, at once. If less than the minimum of %(minimum)s arrives in the end, "
            "everything comes back. I cannot change or withdraw this any more."
        )
    else:
        text = _(
            "I support “%(title)s” with %(amount)s. If at least the minimum of %(minimum)s is promised by the deadline, "
            "%(organisation)s may charge my saved card up to this amount once, soon after the deadline. If not, nothing "
            "is charged. Until the deadline I can change or withdraw this."
        )
    said = text % words
    if lines:
        # Last, since the card page shows no more than 1200 characters: what binds comes first.
        said += " " + _("I chose: %(rewards)s.") % {"rewards": choosing.told(lines, country)}
    return said


def pledge(
    *,
    campaign: Campaign,
    choices: Sequence[Choice],
    amount: Money | None,
    form_key: UUID,
    accepted_from: str | None,
    success_url: str,
    cancel_url: str,
    by: Member,
    now: datetime.datetime,
    country: str = "",
    is_anonymous: bool = False,
    organisation: Organisation | None = None,
    words: promising.Words | None = None,
    gift: giving.To | None = None,
) -> Pledge:
    """One member's support, to be secured by saving a card on the page that `funding.committing.open_card_page` gives;
    with `words` it is promised in writing, to be secured by a treasurer (`funding.promising.confirm`).

    Without an `amount` it is what the chosen rewards cost. The same `form_key` again gives the same pledge. `{pledge}` and
    `{commitment}` in a URL are filled in.
    Raises ValidationError: `campaign_closed`, `tier_sold_out`, `form_reused`, `too_many_drafts`, and what
    `choosing.lines_for`, `choosing.promised`, and `committing.draft` or `in_writing.check` raise.
    """
    if campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    row = Pledge(campaign=campaign, member=by, form_key=form_key, commitment_id=uuid7(), created_at=now)
    row.is_anonymous = is_anonymous
    lines = choosing.lines_for(campaign, choices, country=country, now=now)
    row.country = choosing.sent_to(lines, country)
    amount = choosing.promised(campaign, lines, amount)
    try:
        with transaction.atomic():
            fund = _hold_open(campaign, now=now)
            # The row that makes a double click one pledge comes first: the second click waits for it here, before it
            # takes a reward. The commitment's foreign key is checked at the end of the transaction.
            row.save(force_insert=True)
            if words is not None or any(line.tier.cap is not None for line in lines):
                committing.refuse_hoarding(fund, by)
            _keep(row, lines)
            if gift is not None:
                giving.give(row, gift)
            row.commitment = _promise(
                row,
                lines,
                words,
                fund=fund,
                organisation=organisation,
                maximum=amount,
                accepted_from=accepted_from,
                urls={"success_url": success_url, "cancel_url": cancel_url},
                now=now,
            )
    except IntegrityError:
        earlier = Pledge.objects.filter(member=by, form_key=form_key).select_related("commitment").first()
        if earlier is None:
            raise
        _refuse_other_words(earlier, row, lines, amount)
        return earlier
    return row


def change(
    row: Pledge,
    *,
    choices: Sequence[Choice],
    amount: Money | None,
    accepted_from: str | None,
    by: Member,
    now: datetime.datetime,
    country: str = "",
) -> None:
    """Other rewards, other numbers of them or another amount on the same card, until the deadline.

    Raises ValidationError: `campaign_closed`, `state_changed`, and what `pledge` raises about rewards and amounts.
    """
    campaign = row.campaign
    kept = dict(row.lines.values_list("tier", "quantity"))
    lines = choosing.lines_for(campaign, choices, country=country, now=now, kept=kept)
    country = choosing.sent_to(lines, country)
    amount = choosing.promised(campaign, lines, amount)
    with transaction.atomic():
        fund = _hold_open(campaign, now=now)
        locked = Pledge.objects.select_for_update(no_key=True, of=("self",)).select_related("commitment").get(pk=row.pk)
        if fund.state != Fund.State.OPEN or locked.commitment.state not in _changeable(locked.commitment):
            raise ValidationError(_("This cannot be changed any more."), code="state_changed")
        before = list(locked.lines.select_related("tier"))
        promised = (_words(before), locked.country, locked.commitment.maximum_minor)
        if promised != (_words(lines), country, amount.minor):
            _keep(locked, lines, instead_of=before)
            if country != locked.country:
                locked.country = country
                locked.save(update_fields=["country"])
            locked.commitment.fund = fund
            _promise_anew(locked, lines, maximum=amount, accepted_from=accepted_from, by=by, now=now)
    row.refresh_from_db()


def _promise(
    row: Pledge,
    lines: Sequence[PledgeLine],
    words: promising.Words | None,
    *,
    fund: Fund,
    maximum: Money,
    urls: dict[str, str],
    now: datetime.datetime,
    **more: Any,
) -> Commitment:
    """What stands behind a new pledge: a card that is to be saved, or with `words` a promise in writing."""
    more |= {
        "pk": row.commitment_id,
        "fund": fund,
        "member": row.member,
        "page_path": row.get_absolute_url(),
        "maximum": maximum,
        "by": row.member,
        "now": now,
    }
    if words is not None:
        in_writing.check(row.campaign, words, maximum)
        text = in_writing.text(row.campaign, fund, maximum, words)
        return promising.promise(words=words, text_version=in_writing.TEXT_VERSION, text=text, **more)
    text = mandate(row.campaign, fund, maximum, lines, row.country)
    more |= {name: url.replace("{pledge}", str(row.pk)) for name, url in urls.items()}
    return committing.draft(mandate_version=MANDATE_VERSION, mandate_text=text, **more)


def _changeable(commitment: Commitment) -> tuple[str, ...]:
    """States in which its payer may promise something else: one in writing also before a treasurer confirmed it."""
    secured = (Commitment.State.SECURED,)
    return secured if commitment.by_card else (Commitment.State.DRAFT, *secured)


def _promise_anew(row: Pledge, lines: Sequence[PledgeLine], *, maximum: Money, **more: Any) -> None:
    """Another amount, other rewards or another country behind the same promise, in the words agreed to now."""
    commitment, fund = row.commitment, row.commitment.fund
    if commitment.by_card:
        text = mandate(row.campaign, fund, maximum, lines, row.country)
        committing.change_maximum(
            commitment, maximum=maximum, mandate_version=MANDATE_VERSION, mandate_text=text, **more
        )
    else:
        words = promising.words_of(commitment)
        in_writing.check(row.campaign, words, maximum)
        text = in_writing.text(row.campaign, fund, maximum, words)
        promising.change(commitment, maximum=maximum, text_version=in_writing.TEXT_VERSION, text=text, **more)


def withdraw(row: Pledge, *, by: Member, now: datetime.datetime) -> None:
    """Leave until the deadline; the reward is free for others at once. One that was not finished is discarded.

    Raises ValidationError: `campaign_closed`, `state_changed`, and what `funding.committing.discard` raises.
    """
    unfinished = row.commitment.state == Commitment.State.DRAFT
    if unfinished:
        committing.discard(row.commitment_id, by=by, now=now)
    with transaction.atomic():
        fund = None if unfinished else _hold_open(row.campaign, now=now)
        locked = Pledge.objects.select_for_update(no_key=True, of=("self",)).select_related("commitment").get(pk=row.pk)
        if fund is not None:
            locked.commitment.fund = fund
            committing.withdraw(locked.commitment, by=by, now=now)
        for line in locked.lines.filter(holds=True).order_by("tier"):
            _free(line)
    row.refresh_from_db()


def free_lost_slots(*, limit: int) -> int:
    """Free the limited rewards of pledges that have ended; how many. Found in the tables, so nothing is forgotten."""
    ended = PledgeLine.objects.filter(holds=True, pledge__commitment__state__in=GONE).order_by("pk")[:limit]
    freed = 0
    for line in ended:
        with transaction.atomic():
            freed += _free(line)
    return freed


def _hold_open(campaign: Campaign, *, now: datetime.datetime) -> Fund:
    if campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    try:
        return committing.hold_open(campaign.fund_id, now=now)
    except ValidationError as refusal:
        raise ValidationError(
            _("This campaign is closed: supporting, changing and withdrawing have ended."), code="campaign_closed"
        ) from refusal


def _refuse_other_words(earlier: Pledge, again: Pledge, lines: Sequence[PledgeLine], amount: Money) -> None:
    before = (earlier.campaign_id, earlier.country, _words(earlier.lines.all()), earlier.commitment.maximum_minor)
    if before != (again.campaign_id, again.country, _words(lines), amount.minor):
        raise ValidationError(
            _("This form has been sent already, with other words. See your support, and start again if need be."),
            code="form_reused",
        )


def _words(lines: Iterable[PledgeLine]) -> dict[UUID, tuple[int, int, int]]:
    """What lines promise, to be compared."""
    return {line.tier_id: (line.quantity, line.unit_minor, line.shipping_minor) for line in lines}


def _keep(row: Pledge, lines: Sequence[PledgeLine], *, instead_of: Sequence[PledgeLine] = ()) -> None:
    """Write down what a pledge gets, and count it. The rewards' counters are taken in the order of their keys, so that two
    who swap theirs wait for each other instead of for ever. Raises ValidationError (`tier_sold_out`)."""
    held = {line.tier_id: line.quantity for line in instead_of if line.holds}
    wanted = {line.tier_id: line.quantity for line in lines if line.tier.cap is not None}
    tiers = {line.tier_id: line.tier for line in (*instead_of, *lines)}
    for key in sorted(tiers):
        _count(tiers[key], wanted.get(key, 0) - held.get(key, 0))
    if instead_of:
        row.lines.all().delete()
    for line in lines:
        line.pledge, line.holds = row, line.tier_id in wanted
    PledgeLine.objects.bulk_create(lines)


def _count(tier: Tier, more: int) -> None:
    """Take so many more of a limited reward, by one conditional UPDATE, or give them back when it is less than nothing.

    Raises ValidationError (`tier_sold_out`).
    """
    counted = Tier.objects.filter(pk=tier.pk)
    if more > 0 and not counted.filter(taken__lte=F("cap") - more).update(taken=F("taken") + more):
        left = Tier.objects.get(pk=tier.pk).left or 0
        if left:
            raise ValidationError(
                ngettext(
                    "There is only %(left)d of “%(tier)s” left.", "There are only %(left)d of “%(tier)s” left.", left
                ),
                code="tier_sold_out",
                params={"tier": tier.title, "left": left},
            )
        raise ValidationError(_("“%(tier)s” is sold out."), code="tier_sold_out", params={"tier": tier.title})
    if more < 0:
        counted.update(taken=F("taken") + more)


def _free(line: PledgeLine) -> int:
    """Give what is limited back, once however often it is asked for; how many lines that were."""
    freed = PledgeLine.objects.filter(pk=line.pk, holds=True).update(holds=False)
    if freed:
        _count(line.tier, -line.quantity)
    return freed
