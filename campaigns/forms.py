"""Forms of the pledge journey."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns import in_writing
from campaigns.models import Campaign, InKind, OtherMoney, Tier
from funding.promising import USUAL_DAYS, Way, Words
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
        self.check_amount(amount)
        return amount

    def check_amount(self, amount: Money) -> None:
        """Whether so much can be promised in this way. Raises ValidationError as `card_limits.check` does."""
        card_limits.check(amount)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        tier, amount = cleaned.get("tier"), cleaned.get("amount")
        if tier is not None and amount is not None and amount.minor < tier.amount_minor:
            least = Money(tier.amount_minor, self.campaign.currency)
            self.add_error(
                "amount", _("“%(tier)s” starts at %(amount)s.") % {"tier": tier.title, "amount": written(least)}
            )
        return cleaned


class WrittenForm(SupportForm):
    """The same, without a card: how it is paid, and by whom."""

    way = forms.ChoiceField(label=_("How you pay"), widget=forms.RadioSelect)
    payer_name = forms.CharField(
        label=_("Who pays"), max_length=120, help_text=_("Your name, or that of the organisation you act for.")
    )
    payer_address = forms.CharField(
        label=_("Address"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    purchase_order = forms.CharField(
        label=_("Purchase-order number"), max_length=40, required=False, help_text=_("If yours has one.")
    )
    pay_within_days = forms.IntegerField(label=_("Days to pay, once it is called"), min_value=1)

    def __init__(self, campaign: Campaign, ways: list[Way], terms: OtherMoney, *args: Any, **kwargs: Any) -> None:
        super().__init__(campaign, *args, **kwargs)
        chosen: Any = self.fields["way"]
        chosen.choices = [(way.value, way.label) for way in ways]
        days: Any = self.fields["pay_within_days"]
        days.widget.attrs["max"] = terms.longest_days
        days.help_text = _("At most %(days)d.") % {"days": terms.longest_days}
        self.initial.setdefault("pay_within_days", min(USUAL_DAYS, terms.longest_days))
        self.initial.setdefault("way", ways[0].value if ways else "")

    def check_amount(self, amount: Money) -> None:
        if amount.minor <= 0:
            raise forms.ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")

    @property
    def words(self) -> Words:
        given = self.cleaned_data
        return Words(
            way=given["way"],
            payer_name=given["payer_name"],
            payer_address=given["payer_address"],
            purchase_order=given["purchase_order"],
            pay_within_days=given["pay_within_days"],
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            try:
                in_writing.check(self.campaign, self.words, cleaned["amount"])
            except forms.ValidationError as refusal:
                for name, errors in refusal.error_dict.items():
                    self.add_error(name, errors)
        return cleaned


class InKindForm(forms.Form):
    """What is offered that is no money."""

    kind = forms.ChoiceField(label=_("Kind"), choices=InKind.Kind.choices)
    title = forms.CharField(label=_("What it is"), max_length=120)
    text = forms.CharField(
        label=_("In a few words: condition, size, hours, when"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_anonymous = forms.BooleanField(label=_("Do not show my name on the campaign's page"), required=False)


class ValueForm(forms.Form):
    """What a producer says to an offer: its value, and words."""

    value = forms.CharField(label=_("Valued at"), max_length=16, required=False)
    words = forms.CharField(label=_("Your words to whoever offers it"), max_length=240, required=False)
