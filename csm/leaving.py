"""Taking one's data along, and leaving for good."""

from __future__ import annotations

import contextlib

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from csm import own_data
from members import erasing
from members.clock import database_now
from members.requests import member_of
from payments.tasks import sweep


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """Everything held about oneself, as one JSON document."""
    answer = StreamingHttpResponse(
        own_data.as_json(member_of(request), now=database_now()), content_type="application/json"
    )
    answer["Content-Disposition"] = 'attachment; filename="csm-my-data.json"'
    return answer


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def ask(request: HttpRequest) -> HttpResponse:
    """The first step: what goes, what stays and what stands against it; POST sends the mail with the second."""
    member = member_of(request)
    reasons = own_data.reasons_against_erasing(member)
    if request.method == "POST" and not reasons:
        erasing.ask_again_by_mail(member)
        messages.success(
            request,
            _("We have sent a mail to %(email)s. Nothing is erased before you follow its link.")
            % {"email": member.email},
        )
        return redirect("members:profile")
    return render(request, "members/erasure.html", {"reasons": [words for one in reasons for words in one.messages]})


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The second step, from the mail: POST erases."""
    member, now = member_of(request), database_now()
    if not erasing.is_link_of(token, member):
        raise Http404
    if request.method != "POST":
        return render(request, "members/erase.html")
    try:
        own_data.erase(member, now=now)
    except ValidationError:
        return redirect("erasure")
    logout(request)
    # If the broker is away, the next sweep has Stripe forget them too.
    with contextlib.suppress(OperationalError):
        sweep.apply_async(retry=False)
    return render(request, "members/erased.html")
