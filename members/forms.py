"""Forms about people."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.models import Member


class SignupForm(forms.Form):
    """What sign-up asks beyond e-mail and password."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        max_length=80,
        required=False,
        help_text=_("May be empty: you are then shown as “A member”."),
    )

    field_order = ("email", "display_name", "password1")

    def signup(self, request: HttpRequest, user: Member) -> None:
        """allauth calls this after the account is saved; the adapter has kept everything already."""
