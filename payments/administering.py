"""Amounts in the admin: typed and shown in their row's currency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from members.administering import OwnedInline
from payments.forms import AmountField, AmountsForm, AmountsFormSet
from payments.money import Money


def _column(field: Field[Any, Any]) -> Callable[[Any], Any]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def column(row: Any) -> Any:
        minor = getattr(row, field.name)
        return "–" if minor is None else Money(minor, row.currency)

    return column


WINDOW_HELP = _("1440 minutes are a day, 10080 a week; 60 days at most.")


def span(minutes: int) -> str:
    """So many minutes as people say it: “7 days”, “1 day 12 hours”."""
    days, rest = divmod(minutes, 24 * 60)
    hours, rest = divmod(rest, 60)
    parts = (
        ngettext("%d day", "%d days", days) % days if days else "",
        ngettext("%d hour", "%d hours", hours) % hours if hours else "",
        ngettext("%d minute", "%d minutes", rest) % rest if rest or not minutes else "",
    )
    return " ".join(part for part in parts if part)


@admin.display(description=_("time to mend a card"), ordering="window_minutes")
def _window(row: Any) -> str:
    return span(row.window_minutes)


class WithAmounts:
    """For an admin or an inline whose model counts in minor units and knows its `currency`."""

    model: type[Model]
    form = AmountsForm

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "window_minutes":
            kwargs["help_text"] = WINDOW_HELP
        if not db_field.name.endswith("_minor"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return AmountField(
            label=capfirst(db_field.verbose_name), help_text=db_field.help_text, required=not db_field.blank
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What can only be read is shown with its currency, and time as people say it."""
        names = super().get_fields(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return names
        return self._shown(names)

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._shown(super().get_list_display(request))  # type: ignore[misc]

    def _shown(self, names: Any) -> list[Any]:
        fields: dict[Any, Any] = {field.name: field for field in self.model._meta.concrete_fields}
        spans = [_window if name == "window_minutes" else name for name in names]
        return [_column(fields[name]) if str(name).endswith("_minor") else name for name in spans]


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
