"""Forms of the pledge journey."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns import choosing, countries, in_writing
from campaigns.choosing import Choice
from campaigns.models import Campaign, InKind, OtherMoney, PledgeLine, Tier
from funding.promising import USUAL_DAYS, Way, Words
from members import acting
from members.models import Member, Organisation
from members.naming import check_name
from payments import card_limits
from payments.forms import typed
from payments.money import Money


class Offered(NamedTuple):
    """A reward beside the field that says how many of it."""

    tier: Tier
    field: Any
    most: int


class SupportForm(forms.Form):
    """How many of each reward, how much on top, and whether by name.

    `held` is what a pledge that is changed has already: it can be kept although it is sold out to others. When the form is
    valid, `cleaned_data` has `choices`, `lines` (not saved) and `amount`, the whole.
    """

    extra = forms.CharField(
        label=_("On top, or without a reward"),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    country = forms.ChoiceField(label=_("Send it to"), required=False)
    is_anonymous = forms.BooleanField(label=_("Do not show my name on the campaign's page"), required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("In the name of"), required=False, empty_label=_("myself")
    )
    gift_name = forms.CharField(label=_("For whom"), max_length=80, required=False, validators=[check_name])
    gift_email = forms.EmailField(
        label=_("Their e-mail address"),
        required=False,
        help_text=_("We write to them once, when the campaign has succeeded. Left empty, you get a card to hand over."),
    )
    gift_message = forms.CharField(
        label=_("What you say to them"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        campaign: Campaign,
        *args: Any,
        now: datetime.datetime,
        held: Mapping[UUID, int] | None = None,
        by: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.campaign, self.now, self.held = campaign, now, dict(held or {})
        self.tiers = list(campaign.tiers.prefetch_related("rates"))
        self._ask_country()
        self._ask_for_whom(by)
        self.fields["extra"].label = f"{_('On top, or without a reward')} ({campaign.currency})"
        self.initial.setdefault("form_key", uuid7())
        self._most: dict[UUID, int] = {}
        for tier in self.tiers:
            kept, left = self.held.get(tier.pk, 0), tier.left if tier.is_offered(now) else 0
            most = choosing.MOST_OF_ONE if left is None else min(choosing.MOST_OF_ONE, left + kept)
            self._most[tier.pk] = most
            self.fields[quantity_of(tier)] = forms.IntegerField(
                label=tier.title,
                required=False,
                min_value=0,
                max_value=most,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "0"}),
                error_messages={"max_value": _("Of this there are %(limit_value)d to choose at most.")},
            )

    def _ask_country(self) -> None:
        """Only where something is sent by post; most supporters live where the workshop is."""
        if not any(tier.handing == Tier.Handing.SHIPPED for tier in self.tiers):
            del self.fields["country"]
            return
        field: Any = self.fields["country"]
        field.choices = [("", "–"), *countries.choices()]
        field.initial = self.campaign.facility.country

    def _ask_for_whom(self, by: Any) -> None:
        """In whose name it is, for those who act for somebody; both are settled when a pledge is made."""
        acted_for = Organisation.objects.none()
        if isinstance(by, Member):
            acted_for = acting.choices_of(by)
        field: Any = self.fields["organisation"]
        field.queryset = acted_for
        if self.held or not acted_for:
            del self.fields["organisation"]

    def offered(self) -> list[Offered]:
        """The rewards in the campaign's order, each with its field."""
        return [Offered(tier, self[quantity_of(tier)], self._most[tier.pk]) for tier in self.tiers]

    def so_far(self) -> dict[str, Any]:
        """What is typed by now, or stands there in the first place, as far as it makes sense; `amount` when it does."""
        first: dict[str, Any] = {"country": self.campaign.facility.country, **self.initial}
        form = self if self.is_bound else type(self)(self.campaign, first, now=self.now, held=self.held)
        form.is_valid()
        return form.cleaned_data

    def check_amount(self, amount: Money) -> None:
        """Whether so much can be promised in this way. Raises ValidationError as `card_limits.check` does."""
        card_limits.check(amount)

    def clean_extra(self) -> Money:
        """The amount as typed, with a comma or a point; nothing typed is nothing on top."""
        text = self.cleaned_data["extra"]
        extra = typed(text, self.campaign.currency) if text.strip() else Money(0, self.campaign.currency)
        if extra.minor < 0:
            raise forms.ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")
        return extra

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        chosen = [Choice(tier, cleaned[quantity_of(tier)]) for tier in self.tiers if cleaned[quantity_of(tier)]]
        country = cleaned.setdefault("country", "")
        try:
            lines = choosing.lines_for(self.campaign, chosen, country=country, now=self.now, kept=self.held)
        except forms.ValidationError as refusal:
            self.add_error("country" if str(refusal.code).startswith("country") else None, refusal)
            return cleaned
        cleaned["country"] = choosing.sent_to(lines, country)
        if not cleaned["gift_name"] and (cleaned["gift_email"] or cleaned["gift_message"]):
            self.add_error("gift_name", _("Say for whom it is."))
            return cleaned
        amount = choosing.cost(self.campaign, lines) + cleaned["extra"]
        if not amount.minor:
            raise forms.ValidationError(_("Choose a reward, or say how much."), code="amount_missing")
        self.check_amount(amount)
        return cleaned | {"choices": chosen, "lines": lines, "amount": amount}


class GuestForm(forms.Form):
    """Where a code goes."""

    email = forms.EmailField(label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def quantity_of(tier: Tier) -> str:
    """The name of the field that says how many of a reward."""
    return f"n-{tier.pk}"


def as_chosen(campaign: Campaign, lines: list[PledgeLine], amount: Money, country: str) -> dict[str, Any]:
    """What a pledge is about, as the form's first values."""
    extra = amount - choosing.cost(campaign, lines)
    return {f"n-{line.tier_id}": line.quantity for line in lines} | {
        "extra": str(extra.decimal) if extra.minor else "",
        "country": country or campaign.facility.country,
    }


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
                    self.add_error(name if name in self.fields else None, errors)
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
