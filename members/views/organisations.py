"""For whom one acts, who else does, and being asked to."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import acting, appointing, second_factor
from members.access import holds_role
from members.clock import database_now
from members.forms import InvitationForm
from members.models import Invitation, Membership, Organisation
from members.requests import act_for, member_of, next_page, to_second_factor


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Act for an organisation from now on, or for oneself."""
    member, chosen = member_of(request), request.POST.get("organisation", "")
    if chosen and second_factor.is_missing(member):
        return to_second_factor(request)
    organisation = next((one for one in acting.choices_of(member) if str(one.pk) == chosen), None)
    if chosen and organisation is None:
        raise Http404
    act_for(request, organisation)
    return redirect(next_page(request))


@login_required
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Who acts for an organisation; its owners invite, and end roles. For those who hold a role in it."""
    member = member_of(request)
    shown = get_object_or_404(Organisation.objects.acted_for_by(member), slug=slug)
    is_owner = holds_role(member, shown.pk, Membership.Role.OWNER)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and not is_owner:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            row = appointing.invite(organisation=shown, by=member, now=database_now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, _("A mail with the invitation goes to %(email)s.") % {"email": row.email})
            return redirect("members:organisation", slug)
    context = {
        "organisation": shown,
        "memberships": shown.memberships.select_related("member").order_by("since_at"),
        "invitations": Invitation.objects.filter(organisation=shown, state=Invitation.State.OPEN) if is_owner else (),
        "is_owner": is_owner,
        "form": form,
        "now": database_now(),
    }
    return render(request, "members/organisation.html", context)


@login_required
def end_role(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Ask once, then end a role: one's own, or as an owner another's."""
    member = member_of(request)
    row = get_object_or_404(Membership.objects.select_related("member", "organisation"), pk=membership_id)
    if row.member_id != member.pk and not holds_role(member, row.organisation_id, Membership.Role.OWNER):
        raise Http404
    if request.method != "POST":
        return render(request, "members/end_role.html", {"membership": row, "is_own": row.member_id == member.pk})
    try:
        appointing.end_role(row, by=member, now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("The role has ended."))
    if Organisation.objects.acted_for_by(member).filter(pk=row.organisation_id).exists():
        return redirect("members:organisation", row.organisation.slug)
    return redirect("members:profile")


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """The owner thinks again."""
    row = get_object_or_404(Invitation.objects.select_related("organisation"), pk=invitation_id)
    if not holds_role(member_of(request), row.organisation_id, Membership.Role.OWNER):
        raise Http404
    try:
        appointing.withdraw_invitation(row, by=member_of(request), now=database_now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("members:organisation", row.organisation.slug)


@never_cache
@login_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What one is asked to become, by the mail's link; POST says yes."""
    member, now = member_of(request), database_now()
    row = appointing.open_invitation(token, now=now)
    if row is not None and request.method == "POST":
        try:
            appointing.accept_invitation(row, by=member, now=now)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("You act for %(organisation)s now.") % {"organisation": row.organisation})
            return redirect("members:organisation", row.organisation.slug)
    return render(
        request, "members/invitation.html", {"invitation": row, "is_other": row and row.email != member.email}
    )
