"""News of a campaign: written, published, and told by mail to those who want it."""

from __future__ import annotations

import datetime
import html
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from campaigns import mailing
from campaigns.models import STANDING, Campaign, Following, Pledge, Update
from funding.models import Commitment
from members.markdown import render
from members.models import Member
from members.moves import move_or_refuse, record
from members.sweeping import each

# How much of the news stands in the mail about it.
EXCERPT_WORDS = 120


def write(update: Update, *, by: Member, now: datetime.datetime) -> None:
    """Keep news as it was written, rendered. A draft's first writer is its author.

    What is published may be mended, but stays what it is about and whose it is to read: mails have gone out.
    Raises ValidationError (`update_published`).
    """
    update.text_html = render(update.text)
    with transaction.atomic():
        kept = Update.objects.select_for_update(no_key=True).filter(pk=update.pk).first()
        if kept is None:
            update.author = by
            update.save(force_insert=True)
            record(update, "", Update.State.DRAFT, by=by, now=now)
            return
        frozen = kept.state == Update.State.PUBLISHED
        if frozen and (kept.campaign_id, kept.audience) != (update.campaign_id, update.audience):
            raise ValidationError(
                _("What is published keeps its campaign and who may read it."), code="update_published"
            )
        update.save(update_fields=["campaign", "title", "text", "text_html", "audience"])


def publish(update: Update, *, by: Member, now: datetime.datetime) -> None:
    """Show it; mails about it follow in batches. Raises ValidationError: `campaign_closed`, `state_changed`."""
    if update.campaign.fund_id is None:
        raise ValidationError(_("This campaign is not live yet."), code="campaign_closed")
    move_or_refuse(update, Update.State.PUBLISHED, by=by, now=now, published_at=now)


def discard(update: Update, *, by: Member, now: datetime.datetime) -> None:
    """Forget a draft. Raises ValidationError (`state_changed`)."""
    with transaction.atomic():
        held = Update.objects.select_for_update(no_key=True).filter(pk=update.pk, state=Update.State.DRAFT).first()
        if held is None:
            raise ValidationError(_("What is published stays: what was, is history."), code="state_changed")
        record(held, Update.State.DRAFT, "discarded", by=by, now=now, why=held.title)
        held.delete()


def untold() -> list[UUID]:
    """Published news about which somebody may still have to hear, the oldest first."""
    waiting = Update.objects.filter(state=Update.State.PUBLISHED, mailed_at=None).order_by("published_at")
    return list(waiting.values_list("pk", flat=True))


def tell_some(update_id: UUID, *, now: datetime.datetime, limit: int) -> bool:
    """Write the mails to the next `limit` readers; True when there may be more.

    Their mails and the place that was reached are written in one transaction, alone: a worker that dies leaves neither,
    and two workers never write to the same reader. One mail that cannot be written is logged and passed by.
    """
    with transaction.atomic():
        update = (
            Update.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("campaign__facility")
            .filter(pk=update_id, mailed_at=None)
            .first()
        )
        if update is None:
            return False
        readers = _next_readers(update, limit)
        members = Member.objects.in_bulk(readers)
        excerpt = Truncator(" ".join(html.unescape(strip_tags(update.text_html)).split())).words(EXCERPT_WORDS)

        def tell(pk: UUID) -> None:
            with transaction.atomic():
                mailing.news(members[pk], update, excerpt)

        each(tell, readers)
        is_last = len(readers) < limit
        Update.objects.filter(pk=update.pk).update(
            mailed_through=readers[-1] if readers else update.mailed_through, mailed_at=now if is_last else None
        )
    return not is_last


def _next_readers(update: Update, limit: int) -> list[UUID]:
    """Those after the last who was told, in the order of their keys: who supported or followed it when it was published.

    Public news also go to those who were released because it was not reached, and to its followers.
    """
    states = STANDING if update.is_for_backers else (*STANDING, Commitment.State.RELEASED)
    found: list[QuerySet[Any, UUID]] = [
        Pledge.objects.filter(
            campaign=update.campaign_id, commitment__state__in=states, created_at__lte=update.published_at
        ).values_list("member_id", flat=True)
    ]
    if not update.is_for_backers:
        following = Following.objects.filter(campaign=update.campaign_id, news=True, since_at__lte=update.published_at)
        found.append(following.values_list("member_id", flat=True))
    if update.mailed_through is not None:
        found = [rows.filter(member_id__gt=update.mailed_through) for rows in found]
    # Of each as many as are wanted of all: two walks along an index, however many there are.
    nearest = {pk for rows in found for pk in rows.order_by("member_id").distinct()[:limit]}
    return list(islice(sorted(nearest), limit))


def readers_of(campaign: Campaign) -> tuple[int, int]:
    """How many support it, and how many follow its news: who a mail would reach at most."""
    supporters = Pledge.objects.filter(campaign=campaign).standing().values("member").distinct().count()
    return supporters, Following.objects.filter(campaign=campaign, news=True).count()
