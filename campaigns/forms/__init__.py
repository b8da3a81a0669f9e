"""Forms of campaigns, one module a subject."""

from campaigns.forms.organising import (
    CapForm,
    ExpectedForm,
    ExtensionForm,
    PictureForm,
    PlanForm,
    ReasonForm,
    SpendingForm,
    StretchGoalForm,
    WithAmounts,
)
from campaigns.forms.supporting import GuestForm, Offered, SupportForm, as_chosen, quantity_of

__all__ = [
    "CapForm",
    "ExpectedForm",
    "ExtensionForm",
    "GuestForm",
    "Offered",
    "PictureForm",
    "PlanForm",
    "ReasonForm",
    "SpendingForm",
    "StretchGoalForm",
    "SupportForm",
    "WithAmounts",
    "as_chosen",
    "quantity_of",
]
