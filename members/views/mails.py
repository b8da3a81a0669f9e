"""Which mails one gets, and how they end."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members import mail_choosing, mail_links
from members.clock import database_now
from members.forms import MailsForm
from members.models import Member
from members.requests import member_of


@login_required
def mails(request: HttpRequest) -> HttpResponse:
    """Which kinds of mails one gets; those about one's own money are not among them."""
    member = member_of(request)
    form = MailsForm(request.POST or None, initial={"kinds": list(mail_choosing.wanted(member))})
    if request.method == "POST":
        # Nothing ticked is an answer, too.
        form = MailsForm(request.POST)
        if form.is_valid():
            for kind, is_wanted in form.chosen():
                mail_choosing.choose(member.pk, kind, is_wanted, now=database_now())
            messages.success(request, _("Saved."))
            return redirect("members:mails")
    return render(request, "members/mails.html", {"form": form})


# Mail programs post here by themselves (RFC 8058), without a cookie. The link says who asks, and can do nothing else.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop mails of one kind: GET asks, since scanners of mails follow links; POST does it, log-in or not."""
    found = mail_links.opened(token)
    if found is None:
        raise Http404
    member_id, kind = found
    member = get_object_or_404(Member, pk=member_id)
    if request.method == "POST":
        mail_choosing.choose(member.pk, kind, False, now=database_now())
    with translation.override(member.locale):
        context = {"kind": kind.label, "is_done": request.method == "POST", "email": member.email}
        return render(request, "members/unsubscribe.html", context)
