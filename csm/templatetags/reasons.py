"""Why somebody is asked to log in, from where they were going."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from campaigns.models import Campaign

register = template.Library()


@register.simple_tag(takes_context=True)
def why_log_in(context: dict[str, Any]) -> str:
    """A sentence for the `next` page of the address; nothing for a page that explains itself, or is none of ours."""
    request = context["request"]
    # After a wrong password it stands in the form.
    following = request.POST.get("next") or request.GET.get("next", "")
    try:
        match = resolve(urlsplit(following).path)
    except Resolver404:
        return ""
    campaign = Campaign.objects.public().filter(slug=match.kwargs.get("slug")).first()
    if match.view_name == "campaigns:support" and campaign is not None:
        return _("To support “%(title)s” you need an account: there you see, change or withdraw what you promise.") % {
            "title": campaign.title
        }
    if match.view_name in ("orders:run", "orders:quote"):
        return _("To see your price and to order you need an account: there you see or withdraw what you order.")
    if match.view_name == "me" or match.app_name in ("campaigns", "orders"):
        return _("Log in to see what you support and order.")
    return ""
