"""Imprint, terms and privacy notice for everybody; agreeing to the terms for members."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from members import accepting
from members.clock import database_now
from members.models import LegalText
from members.requests import member_of, next_page


@require_safe
def legal_text(request: HttpRequest, kind: str) -> HttpResponse:
    """What is in force now, and what comes or came beside it."""
    now = database_now()
    published = LegalText.objects.filter(kind=kind, published_at__isnull=False).order_by("-version")
    context = {
        "name": LegalText.Kind(kind).label,
        "shown": LegalText.objects.in_force(now).filter(kind=kind).first(),
        "versions": published,
        "now": now,
    }
    return render(request, "members/legal.html", context)


@require_safe
def legal_version(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """One version, as it was agreed to."""
    published = LegalText.objects.filter(kind=kind, published_at__isnull=False).order_by("-version")
    context = {
        "name": LegalText.Kind(kind).label,
        "shown": get_object_or_404(published, version=version),
        "versions": published,
        "now": database_now(),
    }
    return render(request, "members/legal.html", context)


@login_required
def accept_terms(request: HttpRequest) -> HttpResponse:
    """The terms that a member has not agreed to yet: read, then agree and go on."""
    member, now = member_of(request), database_now()
    following = next_page(request)
    terms = accepting.terms_to_accept(member, now=now)
    # Whoever read one version does not agree to the next by the same click.
    if terms is not None and request.method == "POST" and request.POST.get("version") == str(terms.version):
        accepting.accept(terms, by=member, now=now)
        terms = None
    if terms is None:
        return redirect(following)
    return render(request, "members/accept.html", {"terms": terms, "next": following})
