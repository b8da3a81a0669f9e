"""The form that asks for a batch size and a workshop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility

LARGEST = 60


class BatchForm(forms.Form):
    """How many pieces, made where. `facilities` are those able to make it."""

    pieces = forms.IntegerField(label=_("Pieces in the batch"), min_value=1, max_value=LARGEST, required=False)
    workshop = forms.ModelChoiceField(
        Facility.objects.none(), label=_("Made at"), to_field_name="slug", required=False, empty_label=None
    )

    def __init__(self, facilities: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["workshop"]
        choice.queryset = facilities
