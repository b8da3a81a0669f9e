"""Funds and commitments: the one mechanism by which money is promised, collected, decided upon and returned."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from members.models import Transition
from payments.money import Money

if TYPE_CHECKING:
    from members.models import Member


class FundQuerySet(models.QuerySet["Fund"]):
    def of_organisations(self, ids: list[UUID]) -> FundQuerySet:
        """The funds whose money is received by any of these organisations."""
        return self.filter(receiver__organisation__in=ids)


class Fund(models.Model):
    """A pot with a minimum, a goal and a deadline. A campaign has one, a run has one."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSING = "closing", _("closing")
        CALLING = "calling", _("waiting for transfers, no card charged yet")
        COLLECTING = "collecting", _("collecting")
        MET = "met", _("reached")
        MISSED = "missed", _("not reached, nobody was charged")
        CANCELLED = "cancelled", _("cancelled, nobody was charged")
        REFUNDING = "refunding", _("returning everything")
        REFUNDED = "refunded", _("everything returned")
        SETTLED = "settled", _("accounted for")

    class Outcome(models.TextChoices):
        UNDECIDED = "", _("open")
        MET = "met", _("reached")
        MISSED = "missed", _("not reached")
        CANCELLED = "cancelled", _("cancelled")

    class Kind(models.TextChoices):
        """What its payers do, which is what mails and pages call it."""

        SUPPORT = "support", _("support")
        ORDER = "order", _("order")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "open": ("closing", "cancelled"),
        "closing": ("calling", "collecting", "missed", "cancelled"),
        "calling": ("collecting", "missed", "cancelled", "refunding"),
        "collecting": ("met", "refunding"),
        "met": ("settled",),
        "refunding": ("refunded",),
        "refunded": (),
        "missed": (),
        "cancelled": (),
        "settled": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receiver = models.ForeignKey(
        "payments.Receiver", on_delete=models.PROTECT, related_name="+", verbose_name=_("receiving account")
    )
    account = models.OneToOneField(
        "payments.Account", on_delete=models.PROTECT, related_name="+", verbose_name=_("account in the books")
    )
    # So that a mail or a statement about it needs to know nothing of campaigns and runs.
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.SUPPORT)
    title = models.CharField(_("title"), max_length=160)
    page_path = models.CharField(_("its page"), max_length=200)
    currency = models.CharField(_("currency"), max_length=3)
    minimum_minor = models.BigIntegerField(_("minimum"))
    goal_minor = models.BigIntegerField(_("goal"))
    # Fixed at the close by the owning app, never below the published minimum: what both decisions measure against.
    required_minor = models.BigIntegerField(_("must arrive"), null=True)
    deadline_at = models.DateTimeField(_("deadline"))
    window_minutes = models.PositiveIntegerField(_("time to mend a card, in minutes"), default=7 * 24 * 60)
    window_ends_at = models.DateTimeField(_("time to mend a card ends"), null=True)
    # Whether somebody may still join after the close, paying at once: to fill a gap while cards are mended, and later.
    fills_gap = models.BooleanField(_("takes support while cards are mended"), default=False)
    takes_late = models.BooleanField(_("takes support after success"), default=False)
    # Stripe keeps its fees when money is returned: who then bears them, agreed before the first promise.
    fee_bearer = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, related_name="+", verbose_name=_("bears lost fees")
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, default="", blank=True)
    opened_at = models.DateTimeField(_("opened"))
    # A deadline moves once at most, later, while the fund is open.
    extended_at = models.DateTimeField(_("deadline extended"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    settled_at = models.DateTimeField(_("accounted for"), null=True)

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        constraints: ClassVar = [
            models.CheckConstraint(name="fund_minimum_positive", condition=models.Q(minimum_minor__gt=0)),
            models.CheckConstraint(
                name="fund_goal_reaches_minimum",
                condition=models.Q(goal_minor__gte=models.F("minimum_minor")),
            ),
            # Nothing pays out below what was published.
            models.CheckConstraint(
                name="fund_required_reaches_minimum",
                condition=models.Q(required_minor=None) | models.Q(required_minor__gte=models.F("minimum_minor")),
            ),
            models.CheckConstraint(
                name="fund_collecting_has_terms",
                condition=~models.Q(state__in=["collecting", "met", "refunding", "refunded", "settled"])
                | (models.Q(required_minor__isnull=False) & models.Q(window_ends_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["deadline_at"],
                name="fund_alive",
                condition=models.Q(state__in=["open", "closing", "calling", "collecting", "refunding"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def takes_commitments(self, now: datetime.datetime) -> bool:
        """Whether somebody may still join: open before the deadline, in the window, or late if it says so."""
        if self.state == self.State.OPEN:
            return now < self.deadline_at
        if self.state == self.State.COLLECTING:
            return self.fills_gap and self.window_ends_at is not None and now < self.window_ends_at
        return self.state == self.State.MET and self.takes_late

    @property
    def charges_at_once(self) -> bool:
        """Whether who joins now pays now: whatever it takes after its close."""
        return self.state in (self.State.COLLECTING, self.State.MET)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def reason(self) -> str:
        """Why it was called off, in the words of who did it; nothing for one that was not."""
        if self.outcome != self.Outcome.CANCELLED:
            return ""
        ends = (self.State.CANCELLED, self.State.REFUNDING)
        moves = Transition.objects.filter(subject_id=self.pk, to_state__in=ends)
        return moves.values_list("why", flat=True).first() or ""


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def of_member(self, member: Member) -> CommitmentQuerySet:
        return self.filter(member=member)


class Commitment(models.Model):
    """A payer's promise of at most an amount to a fund."""

    class Backing(models.TextChoices):
        CARD = "card", _("saved card")
        TRANSFER = "transfer", _("written promise of a transfer")
        FUND = "fund", _("another fund's balance")

    class State(models.TextChoices):
        DRAFT = "draft", _("not finished: the card is not saved yet")
        SECURED = "secured", _("promised: card saved, nothing charged")
        CHARGING = "charging", _("being charged")
        ACTION_REQUIRED = "action_required", _("your bank asks you to confirm")
        DECLINED = "declined", _("your card was declined")
        PAID = "paid", _("arrived")
        ABANDONED = "abandoned", _("never finished")
        WITHDRAWN = "withdrawn", _("withdrawn")
        RELEASED = "released", _("released, never charged")
        DROPPED = "dropped", _("dropped: no card could be charged in time")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("secured", "charging", "abandoned"),
        # Back to a draft goes only a written promise that grew: it waits for the treasurer again.
        "secured": ("draft", "charging", "withdrawn", "released"),
        "charging": ("paid", "action_required", "declined", "dropped"),
        "action_required": ("charging", "paid", "declined", "dropped"),
        "declined": ("charging", "paid", "action_required", "dropped"),
        "paid": (),
        "abandoned": (),
        "withdrawn": (),
        "released": (),
        "dropped": (),
    }
    UNDECIDED: ClassVar = ("charging", "action_required", "declined")
    LIVE: ClassVar = ("draft", "secured", *UNDECIDED, "paid")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="commitments", verbose_name=_("for"))
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    organisation = models.ForeignKey(
        "members.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    backing = models.CharField(_("backed by"), max_length=8, choices=Backing.choices, default=Backing.CARD)
    source_fund = models.ForeignKey(Fund, on_delete=models.PROTECT, null=True, related_name="+")
    # What its payer calls it, such as an order with its number, and where they see it. Empty: the fund's title, and “/me/”.
    title = models.CharField(_("title"), max_length=160, blank=True)
    page_path = models.CharField(_("its page"), max_length=200, blank=True)
    # The most that can ever be charged; what is charged is fixed when the fund closes.
    maximum_minor = models.BigIntegerField(_("at most"))
    amount_minor = models.BigIntegerField(_("amount"), null=True)
    # The part of the amount that serves the fund's purpose; the rest passes through (delivery, tax, fees).
    counted_minor = models.BigIntegerField(_("counts towards the minimum"), null=True)
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.DRAFT)
    card = models.ForeignKey(
        "payments.Card", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("card")
    )
    setup = models.ForeignKey("payments.CardSetup", on_delete=models.PROTECT, null=True, related_name="+")
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("payment")
    )
    # How a written promise is recognised on the bank account.
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    # What of it came by transfer, in cash or by cheque, as assigned by a treasurer; until when a called one is waited for.
    transferred_minor = models.BigIntegerField(_("arrived without a card"), default=0)
    due_at = models.DateTimeField(_("waited for until"), null=True)
    created_at = models.DateTimeField(_("made"))
    draft_expires_at = models.DateTimeField(null=True)
    secured_at = models.DateTimeField(_("card saved"), null=True)
    # Work for the collecting: not before `next_try_at`, by nobody else before `claimed_until_at`.
    next_try_at = models.DateTimeField(_("next try"), null=True)
    claimed_until_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The card's bank forbids another try with this card.
    card_exhausted = models.BooleanField(default=False)
    announced_at = models.DateTimeField(null=True)
    # When its payer was told that the deadline lies later than when they promised.
    extension_told_at = models.DateTimeField(null=True)
    # When its payer was told how it ended: released, dropped, or what became of the money that arrived.
    outcome_told_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(_("last reminded"), null=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints: ClassVar = [
            models.CheckConstraint(name="commitment_maximum_positive", condition=models.Q(maximum_minor__gt=0)),
            # Nobody is charged more than they agreed to.
            models.CheckConstraint(
                name="commitment_amount_within_maximum",
                condition=models.Q(amount_minor=None)
                | (models.Q(amount_minor__gt=0) & models.Q(amount_minor__lte=models.F("maximum_minor"))),
            ),
            models.CheckConstraint(
                name="commitment_counted_within_amount",
                condition=models.Q(counted_minor=None)
                | (models.Q(counted_minor__gte=0) & models.Q(counted_minor__lte=models.F("amount_minor"))),
            ),
            models.CheckConstraint(
                name="commitment_charged_has_amount",
                condition=~models.Q(state__in=["charging", "action_required", "declined", "paid", "dropped"])
                | (models.Q(amount_minor__isnull=False) & models.Q(counted_minor__isnull=False)),
            ),
            # What is more than was promised is nobody's yet: it stays on suspense.
            models.CheckConstraint(
                name="commitment_transferred_within_amount",
                condition=models.Q(transferred_minor=0)
                | models.Q(
                    backing="transfer",
                    amount_minor__isnull=False,
                    transferred_minor__gt=0,
                    transferred_minor__lte=models.F("amount_minor"),
                ),
            ),
            models.CheckConstraint(
                name="commitment_secured_has_backing",
                condition=models.Q(state__in=["draft", "abandoned"])
                | ~models.Q(backing="card")
                | models.Q(card__isnull=False),
            ),
            models.CheckConstraint(
                name="commitment_fund_has_source",
                condition=(models.Q(backing="fund") & models.Q(source_fund__isnull=False))
                | (~models.Q(backing="fund") & models.Q(source_fund=None)),
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=~models.Q(reference=""), name="commitment_reference_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fund", "state"], name="commitment_fund_state"),
            models.Index(fields=["member", "-id"], name="commitment_member"),
            # In the order in which they are claimed, so that each batch is found without sorting all that are due.
            models.Index(
                fields=["next_try_at", "id"],
                name="commitment_due",
                condition=models.Q(state__in=["charging", "action_required", "declined"]),
            ),
            models.Index(
                fields=["id"],
                name="commitment_untold",
                condition=models.Q(outcome_told_at=None, state__in=["paid", "released", "dropped"]),
            ),
            models.Index(fields=["draft_expires_at"], name="commitment_draft_due", condition=models.Q(state="draft")),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.maximum}: {self.get_state_display()}"

    @property
    def maximum(self) -> Money:
        return Money(self.maximum_minor, self.currency)

    @property
    def charge(self) -> Money:
        """What its card is or was to be charged: fixed at the close, until then not known but for its maximum."""
        return self.maximum if self.amount_minor is None else Money(self.amount_minor, self.currency)

    @property
    def charged(self) -> Money | None:
        """What has arrived from its card or in another way, whatever went back since; None before."""
        minor = self.payment.received_minor if self.payment is not None else self.transferred_minor
        return Money(minor, self.currency) if minor else None

    @property
    def returned(self) -> Money | None:
        """What goes or went back of it; None when nothing does."""
        minor = self.payment.refunding_minor if self.payment is not None else 0
        if self.transferred_minor and self.fund.state in (Fund.State.REFUNDING, Fund.State.REFUNDED):
            minor = self.transferred_minor
        return Money(minor, self.currency) if minor else None

    @property
    def by_card(self) -> bool:
        return self.backing == self.Backing.CARD

    @property
    def state_text(self) -> str:
        """How it stands, in words that fit the way in which it is paid."""
        said = None if self.by_card else _WITHOUT_A_CARD.get(self.State(self.state))
        return str(said or self.get_state_display())

    @property
    def called(self) -> str:
        """What its payer calls it."""
        return self.title or self.fund.title


_WITHOUT_A_CARD = {
    Commitment.State.DRAFT: _("written, not confirmed yet"),
    Commitment.State.SECURED: _("promised in writing, confirmed"),
    Commitment.State.CHARGING: _("expected"),
    Commitment.State.RELEASED: _("released, nothing to pay"),
    Commitment.State.ABANDONED: _("never confirmed"),
    Commitment.State.DROPPED: _("dropped: it did not arrive in time"),
}


class Consent(models.Model):
    """What a payer agreed to, in the words they read; one row each time the most that can be charged changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="consents")
    maximum_minor = models.BigIntegerField()
    text_version = models.CharField(max_length=24)
    text = models.TextField()
    given_at = models.DateTimeField()
    given_from = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return f"{self.text_version}, {self.given_at:%Y-%m-%d}"
