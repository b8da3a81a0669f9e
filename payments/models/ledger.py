"""Double-entry books. PostgreSQL refuses an entry that does not balance, and every change of what was written."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from payments.models.accounts import Receiver


class Account(models.Model):
    """One account of one receiver's books. Debits are positive, credits negative."""

    class Kind(models.TextChoices):
        # What the organisation has.
        STRIPE_TRANSIT = "stripe_transit", _("charged, on its way into the Stripe balance")
        STRIPE_BALANCE = "stripe_balance", _("Stripe balance")
        BANK = "bank", _("bank")
        DISPUTE_HELD = "dispute_held", _("withheld in disputes")
        # What it owes.
        FUND = "fund", _("held for a fund")
        REFUNDS_OWED = "refunds_owed", _("refunds on their way")
        SUSPENSE = "suspense", _("arrived without a home")
        PAYABLE = "payable", _("owed for work, materials, machines and the rest")
        ORGANISER = "organiser", _("the organiser's own money")
        # What the money cost.
        FUND_FEES = "fund_fees", _("processor's fees of a fund")
        OTHER_FEES = "other_fees", _("processor's other fees")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Found by `account_once`; a narrower index would be taken instead, and every account of the receiver looked at.
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    # What the account is about when there are several of a kind: a fund's id, a cost line's id.
    subject_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["receiver", "kind", "subject_id", "currency"],
                name="account_once",
                nulls_distinct=False,
            ),
            # The target of the postings' two-column foreign key, which keeps their currency the account's.
            models.UniqueConstraint(fields=["id", "currency"], name="account_currency"),
            models.CheckConstraint(name="account_currency_code", condition=models.Q(currency__regex=r"^[A-Z]{3}$")),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class Entry(models.Model):
    """One fact, booked once: its postings sum to zero per currency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fact = models.CharField(_("fact"), max_length=40)
    # The thing that the fact is about: Stripe's id where it has one, else the id of our row.
    external_id = models.CharField(_("of what"), max_length=128)
    at = models.DateTimeField(_("when"))
    memo = models.CharField(_("note"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["external_id", "fact"], name="entry_fact_once"),
        ]
        # What was booked lately is found without reading all that ever was.
        indexes: ClassVar = [models.Index(fields=["at"], name="entry_at")]

    def __str__(self) -> str:
        return f"{self.fact} {self.external_id}"


class Posting(models.Model):
    """One line of an entry."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    # Found by `posting_balance`: a narrower index would be taken instead, and every row visited for its amount.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="postings", db_index=False, verbose_name=_("account")
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints: ClassVar = [
            models.CheckConstraint(name="posting_not_zero", condition=~models.Q(amount_minor=0)),
        ]
        indexes: ClassVar = [
            # Balances are sums over one account, answered from the index alone.
            models.Index(fields=["account"], include=["amount_minor"], name="posting_balance"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount_minor} {self.currency}"
