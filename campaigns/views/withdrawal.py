"""Withdrawing from the contract in two steps: read the declaration, then make it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from campaigns import withdrawing
from campaigns.views.finding import own_pledge
from members.clock import database_now
from members.requests import member_of


@login_required
def contract(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """Show what would be declared; the second button declares it."""
    pledge = own_pledge(request, pledge_id)
    lines = withdrawing.lines_of(pledge)
    if request.method != "POST" and lines and not hasattr(pledge, "withdrawal"):
        context = {"pledge": pledge, "lines": lines, "wording": withdrawing.wording(pledge, lines)}
        return render(request, "campaigns/contract.html", context)
    try:
        withdrawing.declare(pledge, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Declared. A mail confirms it with its time."))
    return redirect(pledge)
