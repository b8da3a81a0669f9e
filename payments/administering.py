"""Amounts in the admin: typed and shown with decimals in their row's currency, stored in minor units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from members.administering import OwnedInline
from payments.money import Money


def typed(text: str, currency: str) -> Money:
    """An amount as people type it, with a comma or a point. Raises forms.ValidationError (`amount`)."""
    try:
        return Money.parse(text.replace(",", "."), currency)
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._amounts():
            minor = self.initial.get(name)
            if isinstance(minor, int):
                # A new row has no currency yet; its defaults are nothing, which is 0 in all of them.
                self.initial[name] = str(Money(minor, self._currency({}))).split()[0] if minor else "0"

    def clean(self) -> dict[str, Any]:
        """Raises forms.ValidationError (`currency`) when what says the currency is itself missing or wrong."""
        cleaned = super().clean() or self.cleaned_data
        try:
            currency = self._currency(cleaned)
            Money(0, currency)
        except (ObjectDoesNotExist, ValueError) as error:
            raise forms.ValidationError(_("The currency of these amounts is not known."), code="currency") from error
        for name in self._amounts():
            if name in cleaned:
                try:
                    cleaned[name] = typed(cleaned[name], currency).minor
                except forms.ValidationError as refusal:
                    self.add_error(name, refusal)
        return cleaned

    def _amounts(self) -> list[str]:
        return [name for name, field in self.fields.items() if isinstance(field, AmountField)]

    def _currency(self, cleaned: dict[str, Any]) -> str:
        if "currency" in cleaned:
            return str(cleaned["currency"])
        source = self.parent or cleaned.get("facility") or self.instance
        return str(source.currency)


class AmountsFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Lines that know the row they belong to before either is saved."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        form.parent = self.instance  # type: ignore[attr-defined]
        return form


def _column(field: Field[Any, Any]) -> Callable[[Any], Any]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def column(row: Any) -> Any:
        minor = getattr(row, field.name)
        return "–" if minor is None else Money(minor, row.currency)

    return column


class WithAmounts:
    """For an admin or an inline whose model counts in minor units and knows its `currency`."""

    model: type[Model]
    form = AmountsForm

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if not db_field.name.endswith("_minor"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return AmountField(
            label=capfirst(db_field.verbose_name), help_text=db_field.help_text, required=not db_field.blank
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What can only be read is shown with its currency."""
        names = super().get_fields(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return names
        return self._shown(names)

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._shown(super().get_list_display(request))  # type: ignore[misc]

    def _shown(self, names: Any) -> list[Any]:
        fields = {field.name: field for field in self.model._meta.concrete_fields}
        return [_column(fields[name]) if str(name).endswith("_minor") else name for name in names]


class AmountsInline(WithAmounts, OwnedInline):
    formset = AmountsFormSet

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Columns that are only shown are no fields of a form."""
        if "fields" not in kwargs:
            kwargs["fields"] = [name for name in self.get_fields(request, obj) if isinstance(name, str)]
        return super().get_formset(request, obj, **kwargs)


class LinesToRead(AmountsInline):
    """Lines that nobody writes in the admin."""

    def is_open(self, row: Any) -> bool:
        return False
