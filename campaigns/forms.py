"""Forms of the pledge journey, and of a draft's way to its launch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models import Campaign, Tier
from members.administering import LONGEST_REASON
from payments import card_limits
from payments.forms import typed
from payments.money import Money
from payments.writing import written


class SupportForm(forms.Form):
    """Which reward, how much, and whether by name. `campaign` says which rewards there are."""

    tier = forms.ModelChoiceField(
        Tier.objects.none(),
        required=False,
        empty_label=None,
        error_messages={"invalid_choice": _("This reward is not one of this campaign's.")},
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=16,
        required=False,
        help_text=_("Left empty, it is the amount of the reward that you choose."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    is_anonymous = forms.BooleanField(label=_("Do not show my name on the campaign's page"), required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, campaign: Campaign, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        tiers: Any = self.fields["tier"]
        tiers.queryset = campaign.tiers.all()
        self.fields["amount"].label = f"{_('Amount')} ({campaign.currency})"
        self.initial.setdefault("form_key", uuid7())

    def clean_amount(self) -> Money:
        """The amount as typed, with a comma or a point; nothing typed is the chosen reward's amount."""
        tier, text = self.cleaned_data.get("tier"), self.cleaned_data["amount"]
        if not text.strip():
            if tier is None:
                raise forms.ValidationError(_("Say how much."), code="required")
            text = str(Money(tier.amount_minor, self.campaign.currency).decimal)
        amount = typed(text, self.campaign.currency)
        card_limits.check(amount)
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        tier, amount = cleaned.get("tier"), cleaned.get("amount")
        if tier is not None and amount is not None and amount.minor < tier.amount_minor:
            least = Money(tier.amount_minor, self.campaign.currency)
            self.add_error(
                "amount", _("“%(tier)s” starts at %(amount)s.") % {"tier": tier.title, "amount": written(least)}
            )
        return cleaned


class PlanForm(forms.Form):
    """When a campaign launches by itself."""

    launch_at = forms.DateTimeField(
        label=_("Launches by itself at"),
        required=False,
        help_text=_("Once it is approved. Left empty, you launch it by hand."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ReasonForm(forms.Form):
    """What should change before a launch."""

    why = forms.CharField(
        label=_("What should change"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
