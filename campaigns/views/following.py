"""Following a campaign."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from campaigns import access, following
from campaigns.models import Campaign, Following
from campaigns.views.finding import readable
from members.clock import database_now
from members.models import MailKind
from members.requests import member_of


@login_required
def follow(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows what one can be told, and its producers how many wait for it; POST asks for it or stops it."""
    campaign = readable(request, slug)
    if request.method == "POST":
        try:
            messages.success(request, _done(request, campaign))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return redirect(campaign)
    member = member_of(request)
    context = {
        "campaign": campaign,
        "following": Following.objects.filter(campaign=campaign, member=member).first(),
        "can_be_reminded": following.can_be_reminded(campaign.fund, now=database_now()),
        "followers": following.followers_of(campaign) if access.may_manage(member, campaign) else None,
        "kinds": (MailKind.NEWS.label, MailKind.REMINDERS.label),
    }
    return render(request, "campaigns/follow.html", context)


def _done(request: HttpRequest, campaign: Campaign) -> str:
    """Do what the button says; what to tell about it. Raises ValidationError as the verbs do."""
    member, now = member_of(request), database_now()
    match request.POST.get("what"):
        case "stop":
            following.unfollow(campaign, by=member)
            return _("You hear nothing more of this campaign, unless you support it.")
        case "launch":
            following.remind_at_launch(campaign, by=member, now=now)
            return _("We write to you when it begins.")
        case "end":
            following.remind_before_end(campaign, by=member, now=now)
            return _("We write to you two days before it ends.")
        case _:
            following.follow(campaign, by=member, now=now)
            return _("You follow this campaign: its news come by mail.")
