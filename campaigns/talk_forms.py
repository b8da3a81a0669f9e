"""Forms of comments and questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models import Comment, Report
from campaigns.models.talk import LONGEST_TEXT


class CommentForm(forms.Form):
    """What somebody says or asks; how long it may be is judged by the verb, after it was cleaned."""

    text = forms.CharField(
        label=_("Your comment or question"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_TEXT}),
        help_text=_("Plain text, up to 2,000 characters. Links work. You can change it for 15 minutes."),
        error_messages={"required": _("Write something first.")},
    )
    kind = forms.ChoiceField(choices=Comment.Kind.choices, required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_key", uuid7())


class ReportForm(forms.Form):
    """Why a comment should be looked at."""

    reason = forms.ChoiceField(label=_("What is wrong with it?"), choices=[("", _("Choose")), *Report.Reason.choices])
    words = forms.CharField(
        label=_("In your words"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("May be empty. Only the moderators read it."),
    )


class HideForm(forms.Form):
    """Why a comment is hidden."""

    why = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Its author reads this, in a mail and beside the comment.")
    )
