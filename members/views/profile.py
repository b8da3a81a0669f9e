"""One's own profile."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.forms import ProfileForm
from members.models import Organisation
from members.requests import member_of


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone; and the way to address, password and second factor."""
    form = ProfileForm(request.POST or None, instance=member_of(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("members:profile")
    roles: dict[Organisation, list[str]] = {}
    for row in member_of(request).memberships.select_related("organisation").order_by("organisation__name", "role"):
        roles.setdefault(row.organisation, []).append(row.get_role_display())
    return render(request, "members/profile.html", {"form": form, "roles": roles.items()})
