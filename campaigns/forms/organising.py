"""What a campaign's producers and reviewers fill in on its pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import picturing
from campaigns.models import BudgetLine, Campaign, Tier
from members.administering import LONGEST_REASON
from members.zones import TYPED_IN
from payments.forms import typed
from payments.money import Money


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


class WithAmounts(forms.Form):
    """Reads the fields named in `amounts` in its campaign's currency."""

    amounts: tuple[str, ...] = ()

    def __init__(self, campaign: Campaign, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        for name in self.amounts:
            self.fields[name].label = f"{self.fields[name].label} ({campaign.currency})"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.amounts:
            text = cleaned.get(name)
            if text:
                try:
                    cleaned[name] = typed(text, self.campaign.currency)
                except forms.ValidationError as refusal:
                    self.add_error(name, refusal)
        return cleaned


def _amount(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, max_length=16, widget=widget)


class ExpectedForm(WithAmounts):
    """What a producer expects of a campaign: what is easily forgotten in a budget is reckoned with it."""

    amounts = ("minimum", "goal", "reward")

    minimum = _amount(
        _("Minimum that decides"),
        _("If less is promised by the deadline, nobody is charged. If less arrives in the end, everything goes back."),
    )
    goal = _amount(_("Goal"), _("What everything costs. The budget adds up to it."))
    promises = forms.IntegerField(
        label=_("Expected supporters"), min_value=1, max_value=1_000_000, help_text=_("Each payment costs a fixed fee.")
    )
    loss_percent = forms.DecimalField(
        label=_("Cards that fail in the end, in %"),
        min_value=0,
        max_value=50,
        max_digits=4,
        decimal_places=1,
        help_text=_("Cards expire or have no cover. From experience 3 to 6 of a hundred."),
    )
    tax_percent = forms.DecimalField(
        label=_("VAT in what supporters pay, in %"),
        min_value=0,
        max_value=50,
        max_digits=4,
        decimal_places=1,
        help_text=_("Rewards are often sales. 0 if you owe none: ask your accountant."),
    )
    reward = _amount(_("What one reward costs you, with delivery"), _("On average. 0 without rewards."))
    organising_hours = forms.DecimalField(
        label=_("Hours of organising"),
        min_value=0,
        max_value=10_000,
        max_digits=6,
        decimal_places=1,
        help_text=_("Writing, answering, packing, accounting: paid at the workshop's wage."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        minimum, goal = cleaned.get("minimum"), cleaned.get("goal")
        if isinstance(minimum, Money) and minimum.minor <= 0:
            self.add_error("minimum", _("The minimum must be more than nothing."))
        if isinstance(minimum, Money) and isinstance(goal, Money) and goal < minimum:
            self.add_error("goal", _("The goal cannot be below the minimum."))
        if isinstance(cleaned.get("reward"), Money) and cleaned["reward"].minor < 0:
            self.add_error("reward", _("It costs nothing or more."))
        return cleaned


class StretchGoalForm(WithAmounts):
    """One more goal beyond the goal."""

    amounts = ("amount",)

    amount = _amount(_("From"))
    title = forms.CharField(label=_("Title"), max_length=80)
    unlocks = forms.CharField(label=_("What it makes possible"), max_length=300)


class SpendingForm(WithAmounts):
    """Something that was paid out of the budget."""

    amounts = ("amount",)

    line = forms.ModelChoiceField(BudgetLine.objects.none(), label=_("Out of"))
    amount = _amount(_("Amount"), _("Below nothing, with a minus, to put an earlier one right."))
    evidence = forms.CharField(label=_("Invoice or receipt"), max_length=120)
    spent_on = forms.DateField(label=_("Paid on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, campaign: Campaign, *args: Any, **kwargs: Any) -> None:
        super().__init__(campaign, *args, **kwargs)
        lines: Any = self.fields["line"]
        lines.queryset = campaign.budget.select_related("campaign")


class PictureForm(forms.Form):
    """One more picture."""

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, up to 12 MB. Where and with what it was taken is left out."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    alt = forms.CharField(
        label=_("What it shows"), max_length=200, help_text=_("For those who do not see it, in one sentence.")
    )
    is_cover = forms.BooleanField(label=_("Stands on top of the page"), required=False)

    def clean_file(self) -> Any:
        """Too large is refused before it is read."""
        file = self.cleaned_data["file"]
        if file.size > picturing.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 12 MB. Save it smaller."), code="picture_too_large")
        return file


class CapForm(WithAmounts):
    """More of a limited reward."""

    tier = forms.ModelChoiceField(Tier.objects.none(), label=_("Reward"))
    cap = forms.IntegerField(label=_("How many there are from now on"), min_value=1, max_value=1_000_000)

    def __init__(self, campaign: Campaign, *args: Any, **kwargs: Any) -> None:
        super().__init__(campaign, *args, **kwargs)
        tiers: Any = self.fields["tier"]
        tiers.queryset = campaign.tiers.filter(cap__isnull=False).select_related("campaign__fund")
        tiers.label_from_instance = lambda tier: f"{tier} ({tier.taken} / {tier.cap})"


class ExtensionForm(WithAmounts):
    """A later deadline."""

    deadline_at = forms.DateTimeField(
        label=_("New deadline"),
        help_text=TYPED_IN,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    is_sure = forms.BooleanField(label=_("I know that it can be moved this once only"))
