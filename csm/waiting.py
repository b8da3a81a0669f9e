"""What waits for somebody who acts for a workshop: batches to make and to bill, drafts to launch, money to return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns import access
from campaigns.models import Campaign, Comment, InKind, Report, Withdrawal
from funding import arriving
from funding.models import Commitment, Fund
from members.models import Member, Membership
from members.templatetags.moments import moment
from orders.models import Run
from payments.models import Assignment, Dispute, Refund
from payments.writing import written

Role = Membership.Role
# Of each kind; the admin lists them all.
MOST = 12


class Task(NamedTuple):
    """`what` it is about, what is `to_do`, and the page on which it is done."""

    what: str
    to_do: str
    url: str


class Waiting(NamedTuple):
    """`acts` says whether the member acts for anybody at all."""

    acts: bool
    tasks: list[Task]


def waiting_for(member: Member) -> Waiting:
    """What the member's roles let them do now and nobody has done; one query for whoever has none."""
    held: dict[str, list[UUID]] = {role: [] for role in Role.values}
    for organisation_id, role in Membership.objects.filter(member=member).values_list("organisation_id", "role"):
        held[role].append(organisation_id)
    reviews = list(_reviews(member)) if member.is_staff and member.has_perm(access.REVIEW) else []
    if not any(held.values()):
        # Whoever moderates the whole site acts for nobody.
        moderates = member.is_staff and access.moderates_everywhere(member)
        return Waiting(moderates or bool(reviews), [*reviews, *(_reported(None) if moderates else ())])
    producing = held[Role.OWNER] + held[Role.PRODUCER]
    tasks = [
        *_batches(producing + held[Role.OPERATOR], producing),
        *_purses(held[Role.OWNER] + held[Role.TREASURER]),
        *_offers(producing),
        *_asked(producing),
    ]
    if member.is_staff:
        # These are done in the admin.
        everywhere = access.moderates_everywhere(member)
        tasks += [
            *_drafts(producing),
            *_reported(None if everywhere else producing),
            *_money(member, held[Role.OWNER] + held[Role.TREASURER]),
            *_withdrawals(producing + held[Role.TREASURER]),
        ]
    return Waiting(True, tasks + reviews)


def _batches(recording: list[UUID], producing: list[UUID]) -> Iterator[Task]:
    runs = Run.objects.with_names().filter(
        facility__organisation__in=recording, state__in=(Run.State.RELEASED, Run.State.MADE)
    )
    for run in runs.order_by("released_at")[:MOST]:
        bench = reverse("orders:bench", args=[run.pk])
        if run.state == Run.State.RELEASED:
            yield Task(run.fund.title, _("make it, and write down what it takes"), bench)
        elif run.facility.organisation_id in producing:
            yield Task(run.fund.title, _("made: send the final bill"), bench)


def _purses(keeping: list[UUID]) -> Iterator[Task]:
    """What waits on an organisation's page of the purse, one line each."""
    if not keeping:
        return
    to_confirm = Commitment.objects.filter(
        fund__receiver__organisation__in=keeping,
        backing=Commitment.Backing.TRANSFER,
        state=Commitment.State.DRAFT,
        fund__state=Fund.State.OPEN,
    ).values_list("fund__receiver__organisation__slug", flat=True)
    homeless = arriving.returnable().filter(receiver__organisation__in=keeping)
    owed = Assignment.objects.filter(receipt__receiver__organisation__in=keeping, state=Assignment.State.OWED)
    found = (
        (to_confirm, _("promises in writing wait for your confirmation")),
        (
            homeless.values_list("receiver__organisation__slug", flat=True),
            _("arrived without a home: assign or return it"),
        ),
        (owed.values_list("receipt__receiver__organisation__slug", flat=True), _("to be returned to who paid it")),
    )
    for slugs, to_do in found:
        for slug, number in Counter(slugs).items():
            yield Task(_("%(n)d in the purse") % {"n": number}, to_do, reverse("funding:treasury", args=[slug]))


def _offers(producing: list[UUID]) -> Iterator[Task]:
    if not producing:
        return
    offers = InKind.objects.filter(campaign__facility__organisation__in=producing, state=InKind.State.OFFERED)
    for offer in offers.select_related("campaign")[:MOST]:
        yield Task(offer.title, _("offered in kind: accept or decline it"), offer.get_absolute_url())


def _drafts(producing: list[UUID]) -> Iterator[Task]:
    to_do = {
        Campaign.Stage.DRAFT: _("a draft: send it to review, or delete it"),
        Campaign.Stage.APPROVED: _("approved: launch it"),
    }
    for campaign in Campaign.objects.filter(facility__organisation__in=producing, stage__in=to_do)[:MOST]:
        yield Task(campaign.title, to_do[Campaign.Stage(campaign.stage)], campaign.get_absolute_url())


def _reviews(member: Member) -> Iterator[Task]:
    waiting = Campaign.objects.filter(stage=Campaign.Stage.IN_REVIEW).exclude(submitted_by=member)
    for campaign in waiting.order_by("pk")[:MOST]:
        to_do = _("a campaign to review: approve it, or say what should change")
        yield Task(campaign.title, to_do, campaign.get_absolute_url())


def _asked(producing: list[UUID]) -> Iterator[Task]:
    asked = Comment.objects.unanswered().filter(campaign__facility__organisation__in=producing)
    for question in asked.select_related("campaign", "member").order_by("pk")[:MOST]:
        what = _("%(author)s asks about “%(title)s”") % {"author": question.member, "title": question.campaign}
        yield Task(what, _("answer it"), question.get_absolute_url())


def _reported(producing: list[UUID] | None) -> Iterator[Task]:
    """Comments that somebody reported; on all campaigns when no organisations are named."""
    waiting = Comment.objects.filter(pk__in=Report.objects.filter(state=Report.State.OPEN).values("comment"))
    if producing is not None:
        waiting = waiting.filter(campaign__facility__organisation__in=producing)
    for comment in waiting.select_related("campaign", "member").order_by("pk")[:MOST]:
        what = _("A comment of %(author)s on “%(title)s”") % {"author": comment.member, "title": comment.campaign}
        yield Task(what, _("reported: hide it, or find nothing wrong"), _change(comment))


def _money(member: Member, keeping: list[UUID]) -> Iterator[Task]:
    of_theirs = {"payment__credit_account__receiver__organisation__in": keeping}
    refunds = Refund.objects.filter(**of_theirs, state__in=(Refund.State.PROPOSED, Refund.State.FAILED))
    for refund in refunds.select_related("payment__payer").order_by("requested_at")[:MOST]:
        what = _("%(amount)s to %(payer)s") % {"amount": written(refund.amount), "payer": refund.payment.payer}
        if refund.state == Refund.State.FAILED:
            yield Task(what, _("the bank sent it back: send it again, or return it another way"), _change(refund))
        elif refund.requested_by_id != member.pk:
            yield Task(what, _("a refund that waits for a second person: approve or decline it"), _change(refund))
    open_ones = Dispute.objects.filter(**of_theirs, state__in=(Dispute.State.INQUIRY, Dispute.State.OPEN))
    for dispute in open_ones.select_related("payment").order_by("opened_at")[:MOST]:
        until = moment(dispute.evidence_due_at)
        to_do = (
            _("disputed: answer at Stripe until %(until)s") % {"until": until}
            if until
            else _("disputed: answer at Stripe")
        )
        yield Task(dispute.payment.description, to_do, _change(dispute))


def _withdrawals(keeping: list[UUID]) -> Iterator[Task]:
    declared = Withdrawal.objects.filter(
        state=Withdrawal.State.DECLARED, pledge__campaign__facility__organisation__in=keeping
    ).select_related("pledge__campaign", "pledge__commitment")
    for row in declared.order_by("declared_at")[:MOST]:
        yield Task(
            str(row), _("a supporter withdrew from the contract: return the money, or say why not"), _change(row)
        )


def _change(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
