"""A campaign's pictures: added, put on top, removed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import access, picturing
from campaigns.forms import PictureForm
from campaigns.views.finding import readable
from members.clock import database_now
from members.requests import member_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pictures(request: HttpRequest, slug: str) -> HttpResponse:
    """All of them, with a form for one more; a button's name says what is done with which."""
    campaign = readable(request, slug)
    if not access.may_manage(request.user, campaign):
        raise PermissionDenied
    form = PictureForm()
    try:
        for name, deed in (("top", picturing.put_on_top), ("remove", picturing.remove)):
            if name in request.POST:
                deed(get_object_or_404(campaign.pictures.select_related("campaign"), pk=request.POST[name]))
                return redirect("campaigns:pictures", slug)
        if request.method == "POST":
            form = PictureForm(request.POST, request.FILES)
            if form.is_valid():
                picturing.add(
                    campaign,
                    data=form.cleaned_data["file"].read(),
                    alt=form.cleaned_data["alt"],
                    is_cover=form.cleaned_data["is_cover"],
                    by=member_of(request),
                    now=database_now(),
                )
                messages.success(request, _("Added."))
                return redirect("campaigns:pictures", slug)
    except ValidationError as refusal:
        form.add_error(None, refusal.messages) if form.is_bound else messages.error(request, " ".join(refusal.messages))
    context = {"campaign": campaign, "form": form, "pictures": campaign.pictures.all()}
    return render(request, "campaigns/pictures.html", context)
