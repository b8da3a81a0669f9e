"""Forms about orders and what a run took."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Member, Membership
from orders.models import Cost, Run
from orders.planning import Planned
from payments.forms import typed
from payments.money import Money
from payments.writing import written


class UnitsForm(forms.Form):
    """How many pieces."""

    units = forms.IntegerField(label=_("How many pieces"), min_value=1, initial=1)


class SeenForm(forms.Form):
    """The surplus that the question named, in minor units: the bill that goes out is the one that was read."""

    seen = forms.IntegerField()


class CostForm(forms.Form):
    """One actual cost, at the bench: of a planned line, filled in as planned, or something that nobody planned."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[choice for choice in Cost.Kind.choices if choice[0] != Cost.Kind.TAX]
    )
    label = forms.CharField(label=_("What"), max_length=160)
    minutes = forms.DecimalField(
        label=_("Minutes"), max_digits=9, decimal_places=2, required=False, help_text=_("If it is time.")
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    evidence = forms.CharField(label=_("Evidence: invoice, time log, meter"), max_length=120)
    worker = forms.ModelChoiceField(
        Member.objects.none(), label=_("Whose work"), required=False, help_text=_("Never shown in public.")
    )
    amount_evidence = forms.CharField(
        label=_("Evidence of the amount"),
        max_length=78,
        required=False,
        help_text=_("Only if minutes are given too, and they do not make it."),
    )

    def __init__(self, run: Run, by: Member, data: Any = None, *, line: Planned | None = None, number: int = 0) -> None:
        super().__init__(data, auto_id=f"id_{number}_%s")
        self.run, self.line = run, line
        if line is None:
            self._offer_workers(by)
            return
        del self.fields["kind"], self.fields["label"]
        is_new = line.written_minor is None
        if line.is_work:
            self._offer_workers(by)
            self.fields["minutes"].required = True
            self.fields["evidence"].label = _("Evidence: the time log")
        else:
            del self.fields["worker"]
        if line.rate is None:
            del self.fields["minutes"], self.fields["amount_evidence"]
            self.fields["amount"].required = True
            self.fields["amount"].initial = self._plain(line.amount_minor) if is_new else None
        else:
            self.fields["minutes"].initial = f"{line.quantity.normalize():f}" if is_new else None
            self.fields["minutes"].help_text = _("%(rate)s an hour; what they cost is worked out.") % {
                "rate": written(Money(int(line.rate.minor * 60 / line.rate.per_minutes), run.currency))
            }
            self.fields["amount"].label = _("Another amount than the minutes make")
            self.fields["amount_evidence"].label = _("Evidence of the other amount")
            self.fields["amount_evidence"].help_text = _("Only if it is not what the minutes make.")
            # What is seldom needed comes last.
            self.order_fields(["minutes", "evidence", "worker", "amount", "amount_evidence"])

    def _offer_workers(self, by: Member) -> None:
        workers: Any = self.fields["worker"]
        held = Membership.objects.filter(organisation=self.run.facility.organisation_id)
        workers.queryset = Member.objects.filter(pk__in=held.values("member"))
        if self.line is not None:
            workers.initial, workers.required = by.pk, True

    def _plain(self, minor: int) -> str:
        return str(Money(minor, self.run.currency).decimal)

    def clean_amount(self) -> int | None:
        """Minor units of the amount as typed, if any; a minus corrects."""
        text = self.cleaned_data["amount"]
        return typed(text, self.run.currency).minor if text else None

    @property
    def given(self) -> dict[str, Any]:
        """What `recording.record_cost` is called with."""
        line = self.line
        planned = {} if line is None else {"kind": line.kind, "label": line.label}
        return {"minutes": None, "amount_evidence": "", "worker": None, **self.cleaned_data, **planned}
