"""Amounts in forms: typed with decimals in their row's currency, stored in minor units."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from payments.money import Money


def typed(text: str, currency: str) -> Money:
    """An amount as people type it: a comma or a point, grouped thousands, the currency beside it.

    Raises forms.ValidationError (`amount`).
    """
    # A minus may be copied from a page, where it is one, with what keeps it beside its number.
    plain = re.sub(rf"[\s\u2060'’€$£]|{currency}", "", text).replace("−", "-")
    if "," in plain and "." in plain:
        # The later of the two marks the decimals.
        plain = plain.replace("," if plain.rindex(".") > plain.rindex(",") else ".", "")
    try:
        return Money.parse(plain.replace(",", "."), currency)
    except ValueError as error:
        raise forms.ValidationError(_("Write the amount in figures, such as 25 or 12.50."), code="amount") from error


class AmountField(forms.CharField):
    """Stands for a model's `…_minor`; which currency it is in, its form finds out."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=16, widget=widget, **kwargs)


class AmountsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Reads and writes AmountFields in the currency of the row, or of the row that this one is a line of."""

    parent: Any = None
    # A verb module's word on the row, raising ValidationError by field; None for a row with no rule beyond its fields.
    check: Callable[[Any], None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._amounts():
            minor = self.initial.get(name)
            if isinstance(minor, int):
                # A new row has no currency yet; its defaults are nothing, which is 0 in all of them.
                self.initial[name] = str(Money(minor, self._currency({})).decimal) if minor else "0"

    def clean(self) -> dict[str, Any]:
        """Raises forms.ValidationError (`currency`) when what says the currency is itself missing or wrong."""
        cleaned = super().clean() or self.cleaned_data
        try:
            currency = self._currency(cleaned)
            Money(0, currency)
        except (ObjectDoesNotExist, ValueError) as error:
            # As typed they are no amounts, and nobody may reckon with them.
            for name in self._amounts():
                cleaned.pop(name, None)
            raise forms.ValidationError(_("The currency of these amounts is not known."), code="currency") from error
        for name in self._amounts():
            if name in cleaned:
                try:
                    cleaned[name] = typed(cleaned[name], currency).minor
                except forms.ValidationError as refusal:
                    self.add_error(name, refusal)
        return cleaned

    def _post_clean(self) -> None:
        """The verb's words first, beside the field that is wrong: a constraint about it has nothing to add then."""
        if self.check is not None:
            construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
            try:
                self.check(self.instance)
            except forms.ValidationError as refusal:
                for name, errors in refusal.error_dict.items():
                    if name not in self.errors:
                        self.add_error(name if name in self.fields else None, errors)
        super()._post_clean()  # type: ignore[misc]  # Django's stubs leave it out

    def _amounts(self) -> list[str]:
        return [name for name, field in self.fields.items() if isinstance(field, AmountField)]

    def _currency(self, cleaned: dict[str, Any]) -> str:
        if "currency" in cleaned:
            return str(cleaned["currency"])
        source = self.parent or cleaned.get("facility") or self.instance
        return str(source.currency)


class AmountsFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Lines that know the row they belong to before either is saved."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.parent = self.instance
