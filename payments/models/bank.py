"""Money that came another way than by card: seen by a treasurer on the bank account, in the till, or as a cheque."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from payments.models.accounts import Receiver
from payments.models.ledger import Account
from payments.money import Money


class BankDetails(models.Model):
    """Where transfers to an organisation go."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receiver = models.OneToOneField(
        Receiver, on_delete=models.PROTECT, related_name="bank_details", verbose_name=_("receiving account")
    )
    holder = models.CharField(_("account holder"), max_length=70)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    # What an invoice says of whom it is from.
    address = models.TextField(_("address on invoices"), max_length=400, blank=True)
    tax_note = models.CharField(_("what invoices say about tax"), max_length=240, blank=True)
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("bank details")
        verbose_name_plural = _("bank details")

    def __str__(self) -> str:
        return f"{self.holder}, {self.iban_in_groups}"

    @property
    def iban_in_groups(self) -> str:
        """As people read and type it, in groups of four."""
        return " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4))


class BankReceipt(models.Model):
    """Money that a treasurer saw arrive. It stands on suspense until it is assigned to what it pays for, or returned."""

    class Way(models.TextChoices):
        TRANSFER = "transfer", _("bank transfer")
        CASH = "cash", _("cash")
        CHEQUE = "cheque", _("cheque")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="+", verbose_name=_("received by"))
    way = models.CharField(_("came by"), max_length=10, choices=Way.choices, default=Way.TRANSFER)
    # What it is meant for, by the id of a row in a higher app; nothing while nobody knows.
    purpose_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    # The bank's own reference for the line, or the receipt's number: what keeps it from being recorded twice.
    bank_reference = models.CharField(_("reference of the line or receipt"), max_length=120)
    payer_name = models.CharField(_("came from"), max_length=140, blank=True)
    remittance = models.CharField(_("what the payer wrote"), max_length=240, blank=True)
    arrived_on = models.DateField(_("arrived on"))
    # By conditional updates only: nothing is used twice.
    assigned_minor = models.BigIntegerField(_("assigned"), default=0)
    returned_minor = models.BigIntegerField(_("returned unassigned"), default=0)
    returned_how = models.CharField(_("how it was returned"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("arrival without a card")
        verbose_name_plural = _("arrivals without a card")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["receiver", "bank_reference", "arrived_on", "amount_minor"], name="bank_receipt_once"
            ),
            models.CheckConstraint(name="bank_receipt_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="bank_receipt_used_once",
                condition=Q(assigned_minor__gte=0)
                & Q(returned_minor__gte=0)
                & Q(amount_minor__gte=F("assigned_minor") + F("returned_minor")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["purpose_id"], name="bank_receipt_purpose"),
            # What still stands on suspense.
            models.Index(
                fields=["receiver", "arrived_on"],
                name="bank_receipt_free",
                condition=Q(amount_minor__gt=F("assigned_minor") + F("returned_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}, {self.arrived_on}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def free(self) -> Money:
        """What of it stands on suspense: neither assigned nor returned."""
        return Money(self.amount_minor - self.assigned_minor - self.returned_minor, self.currency)


class Assignment(models.Model):
    """The part of a receipt that pays for one thing."""

    class State(models.TextChoices):
        COUNTED = "counted", _("counts")
        OWED = "owed", _("to be returned")
        RETURNED = "returned", _("returned")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {"counted": ("owed",), "owed": ("returned",), "returned": ()}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt = models.ForeignKey(
        BankReceipt, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("arrival")
    )
    purpose_id = models.UUIDField(_("number of what it is for"), db_index=True)
    credit_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("goes to"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.COUNTED)
    assigned_at = models.DateTimeField(_("assigned"))
    returned_at = models.DateTimeField(_("returned"), null=True)
    # Its payer reads it.
    returned_how = models.CharField(_("how it was returned"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("assigned arrival")
        verbose_name_plural = _("assigned arrivals")
        constraints: ClassVar = [
            models.CheckConstraint(name="assignment_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["credit_account"], name="assignment_owed", condition=Q(state="owed")),
        ]

    def __str__(self) -> str:
        return f"{self.amount}, {self.get_state_display()}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class BankStatement(models.Model):
    """A file from the bank that was read, and is shown before anything of it is booked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="+", verbose_name=_("received by"))
    file_name = models.CharField(_("file"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3)
    # Kept until it is booked or put away, so that its columns can be chosen anew; then forgotten.
    raw = models.BinaryField(null=True, editable=False)
    columns = models.JSONField(default=dict)
    read_by = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("read by"))
    read_at = models.DateTimeField(_("read"))
    booked_at = models.DateTimeField(_("booked"), null=True)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")

    def __str__(self) -> str:
        return self.file_name
