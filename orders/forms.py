"""Forms about orders and what a run took."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Member, Membership
from orders.models import Cost, Run
from payments.money import Money


class UnitsForm(forms.Form):
    """How many pieces."""

    units = forms.IntegerField(label=_("How many pieces"), min_value=1, initial=1)


class CostForm(forms.Form):
    """One actual cost, at the bench."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[choice for choice in Cost.Kind.choices if choice[0] != Cost.Kind.TAX]
    )
    label = forms.CharField(label=_("What"), max_length=160)
    minutes = forms.DecimalField(
        label=_("Minutes, if it is time"), min_value=Decimal(0), max_digits=9, decimal_places=2, required=False
    )
    amount = forms.CharField(label=_("Amount"), max_length=16, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    evidence = forms.CharField(label=_("Evidence: invoice, time log, meter"), max_length=200)
    worker = forms.ModelChoiceField(
        Member.objects.none(), label=_("Whose work"), required=False, help_text=_("Never shown in public.")
    )

    def __init__(self, run: Run, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        workers: Any = self.fields["worker"]
        held = Membership.objects.filter(organisation=run.facility.organisation_id)
        workers.queryset = Member.objects.filter(pk__in=held.values("member"))

    def clean_amount(self) -> int:
        """Minor units of the amount as typed; a minus corrects."""
        try:
            return Money.parse(self.cleaned_data["amount"].replace(",", "."), self.run.fund.currency).minor
        except ValueError as error:
            raise forms.ValidationError(_("Write the amount in figures, such as 25 or 12.50.")) from error
