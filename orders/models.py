"""Quotes, orders, and the runs in which they are made."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from payments.money import Money

if TYPE_CHECKING:
    from members.models import Member


class RunQuerySet(models.QuerySet["Run"]):
    def with_names(self) -> RunQuerySet:
        """With everything that a page says about a run, in the same query."""
        return self.select_related("revision__design", "facility__organisation", "fund__receiver", "fund__account")

    def taking_orders(self, now: datetime.datetime) -> RunQuerySet:
        return self.filter(state="open", fund__state="open", fund__deadline_at__gt=now)

    def of_organisations(self, ids: list[UUID]) -> RunQuerySet:
        return self.filter(facility__organisation__in=ids)


class Run(models.Model):
    """One revision, one workshop, one batch. Its fund decides whether it goes ahead; its recipe is frozen."""

    class State(models.TextChoices):
        OPEN = "open", _("taking orders")
        RELEASED = "released", _("go-ahead given")
        MADE = "made", _("made")
        SETTLED = "settled", _("final bill is out")
        ENDED = "ended", _("did not come about")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "open": ("released", "ended"),
        "released": ("made",),
        "made": ("settled",),
        "settled": (),
        "ended": (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(
        "products.Revision", on_delete=models.PROTECT, related_name="+", verbose_name=_("design")
    )
    facility = models.ForeignKey(
        "facilities.Facility", on_delete=models.PROTECT, related_name="+", verbose_name=_("workshop")
    )
    fund = models.OneToOneField(
        "funding.Fund", on_delete=models.PROTECT, related_name="+", verbose_name=_("collection")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    minimum_units = models.PositiveIntegerField(_("smallest batch"))
    maximum_units = models.PositiveIntegerField(_("largest batch"))
    # Claimed by conditional updates only, so that the batch is never overfull.
    taken_units = models.PositiveIntegerField(_("pieces ordered"), default=0)
    recipe = models.JSONField()
    # The most that a piece can cost, contingency included, and what it is charged at: fixed at the close.
    ceiling_minor = models.BigIntegerField(_("a piece never more than"))
    unit_price_minor = models.BigIntegerField(_("charged for a piece"), null=True)
    drop_margin_percent = models.DecimalField(
        _("margin for cards that fail, in percent"), max_digits=4, decimal_places=2, default=Decimal(10)
    )
    packing_minor = models.BigIntegerField(_("packing per order"), default=0)
    tax_percent = models.DecimalField(_("tax, in percent"), max_digits=5, decimal_places=2, default=Decimal(0))
    fee_fraction = models.DecimalField(_("card fee as a fraction"), max_digits=6, decimal_places=5, default=Decimal(0))
    fee_fixed_minor = models.BigIntegerField(_("card fee per payment"), default=0)
    opened_at = models.DateTimeField(_("opened"))
    released_at = models.DateTimeField(_("go-ahead"), null=True)
    settled_at = models.DateTimeField(_("final bill"), null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="run_units", condition=models.Q(minimum_units__gte=1, maximum_units__gte=models.F("minimum_units"))
            ),
            models.CheckConstraint(
                name="run_taken_within_maximum", condition=models.Q(taken_units__lte=models.F("maximum_units"))
            ),
            models.CheckConstraint(
                name="run_terms_sound",
                condition=models.Q(
                    drop_margin_percent__gte=0,
                    drop_margin_percent__lt=100,
                    tax_percent__gte=0,
                    tax_percent__lte=100,
                    fee_fraction__gte=0,
                    fee_fraction__lte=Decimal("0.2"),
                    packing_minor__gte=0,
                    fee_fixed_minor__gte=0,
                ),
            ),
            # Nobody is charged more for a piece than was promised.
            models.CheckConstraint(
                name="run_price_within_ceiling",
                condition=models.Q(unit_price_minor=None) | models.Q(unit_price_minor__lte=models.F("ceiling_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision} × {self.minimum_units}–{self.maximum_units}"

    def get_absolute_url(self) -> str:
        return reverse("orders:run", args=[self.pk])

    @property
    def currency(self) -> str:
        return self.fund.currency

    @property
    def left_units(self) -> int:
        return self.maximum_units - self.taken_units

    def lacking_units(self, more: int = 0) -> int:
        """How many pieces are missing to the smallest batch, were `more` ordered now."""
        return max(0, self.minimum_units - self.taken_units - more)


class Quote(models.Model):
    """A frozen at-cost price for `units` of a run: every line, the ceiling, and until when it holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="quotes")
    units = models.PositiveIntegerField(_("pieces"))
    currency = models.CharField(max_length=3)
    # One piece's cost at the smallest batch, line by line, and what an order adds to its goods.
    lines = models.JSONField()
    offered_minor = models.BigIntegerField()
    ceiling_minor = models.BigIntegerField()
    quoted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="quote_offer_within_ceiling",
                condition=models.Q(units__gte=1, offered_minor__lte=models.F("ceiling_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} × {self.run.revision}, {self.offered}–{self.ceiling}"

    @property
    def offered(self) -> Money:
        return Money(self.offered_minor, self.currency)

    @property
    def ceiling(self) -> Money:
        return Money(self.ceiling_minor, self.currency)


class OrderQuerySet(models.QuerySet["Order"]):
    def of_member(self, member: Member) -> OrderQuerySet:
        return self.filter(member=member)


class Order(models.Model):
    """A consumer's acceptance of a quote. The quote can be accepted once, so a double click is one order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="order")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="orders", verbose_name=_("batch"))
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    commitment = models.OneToOneField(
        "funding.Commitment", on_delete=models.PROTECT, related_name="+", verbose_name=_("promise")
    )
    units = models.PositiveIntegerField(_("pieces"))
    holds_units = models.BooleanField(default=True)
    # The third moment of the price: what it really cost, once the costs are in.
    actual_minor = models.BigIntegerField(_("what it really cost"), null=True)
    created_at = models.DateTimeField(_("ordered"))

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes: ClassVar = [
            models.Index(fields=["member", "-id"], name="order_member"),
            models.Index(fields=["run"], name="order_held", condition=models.Q(holds_units=True)),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.units} × {self.run.revision}, {self.member}"

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.pk])

    @property
    def actual(self) -> Money | None:
        """What it really cost; None before the final bill."""
        return None if self.actual_minor is None else Money(self.actual_minor, self.quote.currency)

    @property
    def number(self) -> str:
        """What people call it by: the last eight of its id's digits, which chance has made."""
        digits = self.pk.hex[-8:].upper()
        return f"{digits[:4]}-{digits[4:]}"


class Cost(models.Model):
    """One actual cost of a run with its evidence. Never changed: a correction is a row of its own, with a minus."""

    class Kind(models.TextChoices):
        MATERIAL = "material", _("materials")
        MACHINE = "machine", _("machine time")
        LABOUR = "labour", _("labour")
        OVERHEAD = "overhead", _("share of rent, insurance, bookkeeping")
        ORGANISING = "organising", _("organising")
        CARE = "care", _("care for faults found later")
        PACKING = "packing", _("packing")
        SCRAP = "scrap", _("scrap")
        TAX = "tax", _("tax")

    # Kinds that are owed to a person, for their time.
    WORK: ClassVar = ("labour", "organising")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="costs")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("what"), max_length=160)
    minutes = models.DecimalField(_("minutes"), max_digits=9, decimal_places=2, null=True, blank=True)
    amount_minor = models.BigIntegerField(_("amount"))
    evidence = models.CharField(_("evidence (invoice, time log, meter)"), max_length=200)
    # Whom it is owed to, when it is a person: never shown in public.
    worker = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("worker")
    )
    recorded_by = models.ForeignKey("members.Member", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(_("written down"))

    class Meta:
        verbose_name = _("actual cost")
        verbose_name_plural = _("actual costs")
        ordering: ClassVar = ["kind", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="cost_not_zero", condition=~models.Q(amount_minor=0)),
            # A wage is somebody's minutes, never a lump.
            models.CheckConstraint(
                name="cost_work_is_time",
                condition=~models.Q(kind__in=["labour", "organising"])
                | models.Q(
                    models.Q(minutes__lt=0) | models.Q(minutes__gt=0), minutes__isnull=False, worker__isnull=False
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label}, {Money(self.amount_minor, self.currency)}"

    @property
    def currency(self) -> str:
        return self.run.currency
