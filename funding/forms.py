"""Forms of the treasurer's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.forms import typed
from payments.models import BankReceipt, Receiver


class BankForm(forms.Form):
    """Where transfers go."""

    holder = forms.CharField(label=_("Account holder"), max_length=70)
    iban = forms.CharField(label=_("IBAN"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    bic = forms.CharField(label=_("BIC"), max_length=14, required=False)
    address = forms.CharField(
        label=_("Address on invoices"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tax_note = forms.CharField(
        label=_("What invoices say about tax"),
        max_length=240,
        required=False,
        help_text=_("Such as: a contribution without return, not subject to VAT. Ask your tax adviser for the words."),
    )


class ArrivalForm(forms.Form):
    """One arrival, written down by hand."""

    way = forms.ChoiceField(label=_("Came by"), choices=BankReceipt.Way.choices)
    amount = forms.CharField(
        label=_("Amount"), max_length=16, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    )
    currency = forms.ChoiceField(label=_("Currency"))
    arrived_on = forms.DateField(label=_("Arrived on"), widget=forms.DateInput(attrs={"type": "date"}))
    bank_reference = forms.CharField(
        label=_("Number of the receipt, the cheque or the line"),
        max_length=120,
        help_text=_("The same number, day and amount is never recorded twice."),
    )
    payer_name = forms.CharField(label=_("Came from"), max_length=140, required=False)
    remittance = forms.CharField(
        label=_("Reference, or what the payer wrote"),
        max_length=240,
        required=False,
        help_text=_("Such as RF68 0000 0042"),
    )

    def __init__(self, receiver: Receiver, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["currency"]
        chosen.choices = [(code, code) for code in receiver.currencies]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" in cleaned and "currency" in cleaned:
            try:
                cleaned["money"] = typed(cleaned["amount"], cleaned["currency"])
            except forms.ValidationError as refusal:
                self.add_error("amount", refusal)
        return cleaned


class StatementForm(forms.Form):
    """A bank statement to read."""

    file = forms.FileField(label=_("Bank statement"), help_text=_("CAMT.053 (XML) or CSV, up to 10 MB."))
