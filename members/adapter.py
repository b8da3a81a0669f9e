"""What allauth asks of this installation."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from members.models import Member, Membership


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Keeps the name and the language that a newcomer gave at sign-up; shows whoever has a role what waits for them."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if isinstance(request.user, Member) and Membership.objects.filter(member=request.user).exists():
            return reverse("me")
        url: str = super().get_login_redirect_url(request)
        return url

    def save_user(self, request: HttpRequest, user: Member, form: Any, commit: bool = True) -> Member:
        user.display_name = form.cleaned_data.get("display_name", "")
        user.locale = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
        saved: Member = super().save_user(request, user, form, commit)
        return saved
