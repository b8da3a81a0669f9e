"""What allauth asks of this installation."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from members.models import Member


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Keeps the name and the language that a newcomer gave at sign-up."""

    def save_user(self, request: HttpRequest, user: Member, form: Any, commit: bool = True) -> Member:
        user.display_name = form.cleaned_data.get("display_name", "")
        user.locale = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
        saved: Member = super().save_user(request, user, form, commit)
        return saved
