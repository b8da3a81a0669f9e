"""Promises that no card stands behind: in which way they are paid, and who confirmed them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from funding.models.fund import Commitment

LONGEST_DAYS = 60


class WrittenPromise(models.Model):
    """What a payer wrote down beside the amount: who they are, how they pay, and within how many days of the call."""

    class Way(models.TextChoices):
        TRANSFER = "transfer", _("bank transfer")
        CASH = "cash", _("cash")
        CHEQUE = "cheque", _("cheque")
        INVOICE = "invoice", _("transfer against an invoice")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.OneToOneField(
        Commitment, on_delete=models.PROTECT, related_name="written", verbose_name=_("promise")
    )
    way = models.CharField(_("paid by"), max_length=10, choices=Way.choices)
    payer_name = models.CharField(_("who pays"), max_length=120)
    payer_address = models.TextField(_("address"), max_length=400, blank=True)
    purchase_order = models.CharField(_("purchase-order number"), max_length=40, blank=True)
    pay_within_days = models.PositiveSmallIntegerField(_("days to pay, from the call"))
    # The amount that a treasurer of the receiving organisation confirmed last, who, and when.
    confirmed_minor = models.BigIntegerField(_("confirmed up to"), null=True)
    confirmed_by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)

    class Meta:
        verbose_name = _("written promise")
        verbose_name_plural = _("written promises")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="written_days_bounded",
                condition=models.Q(pay_within_days__gte=1) & models.Q(pay_within_days__lte=LONGEST_DAYS),
            ),
            models.CheckConstraint(
                name="written_confirmed_by_somebody",
                condition=models.Q(confirmed_minor=None, confirmed_by=None, confirmed_at=None)
                | models.Q(confirmed_minor__gt=0, confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer_name}, {self.get_way_display()}"


class InvoiceCounter(models.Model):
    """The last invoice number of one receiving organisation; its row is held while the next is taken, so that there is
    no gap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receiver = models.OneToOneField("payments.Receiver", on_delete=models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.receiver}: {self.last}"


class Invoice(models.Model):
    """What was sent to who promised to pay against an invoice; with the words of that day, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.OneToOneField(
        Commitment, on_delete=models.PROTECT, related_name="invoice", verbose_name=_("promise")
    )
    receiver = models.ForeignKey("payments.Receiver", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    seller = models.CharField(_("from"), max_length=120)
    seller_address = models.TextField(_("address"), blank=True)
    tax_note = models.CharField(_("what it says about tax"), max_length=240, blank=True)
    holder = models.CharField(_("account holder"), max_length=70)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    issued_at = models.DateTimeField(_("issued"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["receiver", "number"], name="invoice_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seller}, {self.number:05d}"
