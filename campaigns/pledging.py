"""Supporting a campaign, changing one's mind, and leaving."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from uuid6 import uuid7

from campaigns import in_writing
from campaigns.models import Campaign, Pledge, Tier
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


def mandate(campaign: Campaign, fund: Fund, amount: Money) -> str:
    """What a supporter agrees to, in the words they read before the card page."""
    words = {
        "title": campaign.title,
        "amount": written(amount),
        "organisation": campaign.facility.organisation.name,
        "minimum": written(fund.money(fund.minimum_minor)),
    }
    if fund.charges_at_once:
        return (
            _(
                "I support “%(title)s” with %(amount)s. The campaign is collecting already: %(organisation)s may charge "
                "my saved card this amount once, at once. If less than the minimum of %(minimum)s arrives in the end, "
                "everything comes back. I cannot change or withdraw this any more."
            )
            % words
        )
    return (
        _(
            "I support “%(title)s” with %(amount)s. If at least the minimum of %(minimum)s is promised by the deadline, "
            "%(organisation)s may charge my saved card up to this amount once, soon after the deadline. If not, nothing "
            "is charged. Until the deadline I can change or withdraw this."
        )
        % words
    )


def pledge(
    *,
    campaign: Campaign,
    tier: Tier | None,
    amount: Money,
    form_key: UUID,
    accepted_from: str | None,
    success_url: str,
    cancel_url: str,
    by: Member,
    now: datetime.datetime,
    is_anonymous: bool = False,
    organisation: Organisation | None = None,
    words: promising.Words | None = None,
) -> Pledge:
    """One member's support, to be secured by saving a card on the page that `funding.committing.open_card_page` gives;
    with `words` it is promised in writing, to be secured by a treasurer (`funding.promising.confirm`).

    The same `form_key` again gives the same pledge. `{pledge}` and `{commitment}` in a URL are filled in.
    Raises ValidationError: `campaign_closed`, `tier_sold_out`, `tier_of_another_campaign`, `amount_below_tier`, `form_reused`,
    `too_many_drafts`, `currency_differs`, and what `payments.card_limits.check` or `in_writing.check` raises.
    """
    if campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    row = Pledge(campaign=campaign, tier=tier, member=by, form_key=form_key, commitment_id=uuid7(), created_at=now)
    row.is_anonymous = is_anonymous
    row.holds_slot = _is_limited(tier)
    try:
        with transaction.atomic():
            fund = _hold_open(campaign, now=now)
            _check_tier(campaign, tier, amount)
            # The row that makes a double click one pledge comes first: the second click waits for it here, before it
            # takes a reward. The commitment's foreign key is checked at the end of the transaction.
            row.save(force_insert=True)
            if _is_limited(tier):
                committing.refuse_hoarding(fund, by)
            _claim(tier)
            promise: dict[str, Any] = {
                "pk": row.commitment_id,
                "fund": fund,
                "member": by,
                "organisation": organisation,
                "page_path": row.get_absolute_url(),
                "maximum": amount,
                "accepted_from": accepted_from,
                "by": by,
                "now": now,
            }
            if words is not None:
                committing.refuse_hoarding(fund, by)
                in_writing.check(campaign, words, amount)
                text = in_writing.text(campaign, fund, amount, words)
                row.commitment = promising.promise(
                    words=words, text_version=in_writing.TEXT_VERSION, text=text, **promise
                )
                return row
            row.commitment = committing.draft(
                mandate_version=MANDATE_VERSION,
                mandate_text=mandate(campaign, fund, amount),
                success_url=success_url.replace("{pledge}", str(row.pk)),
                cancel_url=cancel_url.replace("{pledge}", str(row.pk)),
                **promise,
            )
    except IntegrityError:
        earlier = Pledge.objects.filter(member=by, form_key=form_key).select_related("commitment").first()
        if earlier is None:
            raise
        _refuse_other_words(earlier, campaign, tier, amount)
        return earlier
    return row


def change(
    row: Pledge,
    *,
    tier: Tier | None,
    amount: Money,
    accepted_from: str | None,
    by: Member,
    now: datetime.datetime,
) -> None:
    """Another reward or amount on the same card, until the deadline.

    Raises ValidationError: `campaign_closed`, `state_changed`, and what `pledge` raises about rewards and amounts.
    """
    with transaction.atomic():
        fund = _hold_open(row.campaign, now=now)
        locked = Pledge.objects.select_for_update(no_key=True, of=("self",)).select_related("commitment").get(pk=row.pk)
        changeable = (
            (Commitment.State.SECURED,)
            if locked.commitment.by_card
            else (Commitment.State.DRAFT, Commitment.State.SECURED)
        )
        if fund.state != Fund.State.OPEN or locked.commitment.state not in changeable:
            raise ValidationError(_("This cannot be changed any more."), code="state_changed")
        _check_tier(row.campaign, tier, amount)
        if tier != locked.tier:
            # Two who swap their rewards take the counters in the same order.
            both = [one.pk for one in (tier, locked.tier) if one is not None]
            list(Tier.objects.filter(pk__in=both).order_by("pk").select_for_update(no_key=True))
            _free(locked)
            locked.tier = tier
            locked.holds_slot = _is_limited(tier)
            _claim(tier)
            locked.save(update_fields=["tier", "holds_slot"])
        locked.commitment.fund = fund
        if amount.minor != locked.commitment.maximum_minor and not locked.commitment.by_card:
            words = promising.words_of(locked.commitment)
            in_writing.check(row.campaign, words, amount)
            promising.change(
                locked.commitment,
                maximum=amount,
                text_version=in_writing.TEXT_VERSION,
                text=in_writing.text(row.campaign, fund, amount, words),
                accepted_from=accepted_from,
                by=by,
                now=now,
            )
        elif amount.minor != locked.commitment.maximum_minor:
            committing.change_maximum(
                locked.commitment,
                maximum=amount,
                mandate_version=MANDATE_VERSION,
                mandate_text=mandate(row.campaign, fund, amount),
                accepted_from=accepted_from,
                by=by,
                now=now,
            )
    row.refresh_from_db()


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
        _free(locked)
    row.refresh_from_db()


def free_lost_slots(*, limit: int) -> int:
    """Free the limited rewards of pledges that have ended; how many. Found in the tables, so nothing is forgotten."""
    ended = Pledge.objects.filter(holds_slot=True, commitment__state__in=GONE).order_by("pk")[:limit]
    freed = 0
    for row in ended:
        with transaction.atomic():
            freed += _free(row)
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


def _check_tier(campaign: Campaign, tier: Tier | None, amount: Money) -> None:
    if tier is None:
        return
    if tier.campaign_id != campaign.pk:
        raise ValidationError(_("This reward is another campaign's."), code="tier_of_another_campaign")
    if amount.minor < tier.amount_minor:
        raise ValidationError(
            _("“%(tier)s” starts at %(amount)s."),
            code="amount_below_tier",
            params={"tier": tier.title, "amount": written(Money(tier.amount_minor, campaign.currency))},
        )


def _refuse_other_words(earlier: Pledge, campaign: Campaign, tier: Tier | None, amount: Money) -> None:
    before = (earlier.campaign_id, earlier.tier_id, earlier.commitment.maximum_minor)
    if before != (campaign.pk, tier.pk if tier else None, amount.minor):
        raise ValidationError(
            _("This form has been sent already, with other words. See your support, and start again if need be."),
            code="form_reused",
        )


def _is_limited(tier: Tier | None) -> bool:
    return tier is not None and tier.cap is not None


def _claim(tier: Tier | None) -> None:
    """Take one of a limited reward, by one conditional UPDATE; one without a limit counts nothing."""
    if tier is None or not _is_limited(tier):
        return
    if not Tier.objects.filter(pk=tier.pk, taken__lt=F("cap")).update(taken=F("taken") + 1):
        raise ValidationError(_("“%(tier)s” is sold out."), code="tier_sold_out", params={"tier": tier.title})


def _free(row: Pledge) -> int:
    """Give a limited reward back, once however often it is asked for."""
    freed = Pledge.objects.filter(pk=row.pk, holds_slot=True).update(holds_slot=False)
    if freed and row.tier_id is not None:
        Tier.objects.filter(pk=row.tier_id).update(taken=F("taken") - 1)
        row.holds_slot = False
    return freed
