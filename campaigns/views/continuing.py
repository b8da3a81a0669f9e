"""What a stranger chose is kept while they say who they are, and stands there again when they are back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from campaigns.forms import GuestForm, SupportForm
from campaigns.models import Campaign
from members.codes import ask_code

_KEY = "support_typed"
_GO_ON = "go_on"


def address(campaign: Campaign) -> str:
    """Where one continues after a log-in."""
    return f"{reverse('campaigns:support', args=[campaign.slug])}?{_GO_ON}=1"


def kept(request: HttpRequest, slug: str) -> dict[str, Any] | None:
    """What was typed for this campaign before the log-in, for whoever comes from there."""
    stored = request.session.get(_KEY)
    return stored["data"] if _GO_ON in request.GET and stored and stored["slug"] == slug else None


def forget(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)


def identify(
    request: HttpRequest, campaign: Campaign, form: SupportForm, ask: Callable[[GuestForm], HttpResponse]
) -> HttpResponse:
    """Keep what was typed, and mail a code to the address that a stranger gives; `ask` shows the question for it."""
    data = {name: form.data[name] for name in form.fields if name in form.data}
    request.session[_KEY] = {"slug": campaign.slug, "data": data}
    asked = GuestForm(request.POST if "email" in request.POST else None)
    if not asked.is_valid():
        return ask(asked)
    try:
        ask_code(request, asked.cleaned_data["email"])
    except ValidationError as refusal:
        asked.add_error("email", refusal)
        return ask(asked)
    return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': address(campaign)})}")
