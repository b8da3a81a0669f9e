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
from campaigns.forms.supporting import (
    GuestForm,
    InKindForm,
    Offered,
    SupportForm,
    ValueForm,
    WrittenForm,
    as_chosen,
    quantity_of,
)

__all__ = [
    "CapForm",
    "ExpectedForm",
    "ExtensionForm",
    "GuestForm",
    "InKindForm",
    "Offered",
    "PictureForm",
    "PlanForm",
    "ReasonForm",
    "SpendingForm",
    "StretchGoalForm",
    "SupportForm",
    "ValueForm",
    "WithAmounts",
    "WrittenForm",
    "as_chosen",
    "quantity_of",
]
