"""Logging in with a code by e-mail, and thereby getting an account: for whoever wants to think of no password now."""

from __future__ import annotations

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.models import Member


def ask_code(request: HttpRequest, email: str) -> None:
    """Mail a code to `email`; whoever types it on allauth's page is logged in. Whose address is new gets an account by it.

    What a stranger sees is the same either way. Raises ValidationError (`too_many_codes`).
    """
    email = Member.objects.normalize_email(email)
    if not ratelimit.consume(request, action="request_login_code", key=email):
        raise ValidationError(_("That were many codes. Wait some minutes and try again."), code="too_many_codes")
    member = _member_of(email)
    # allauth tells an address that may not log in that there is no account.
    LoginCodeVerificationProcess.initiate(request=request, user=member if member.is_active else None, email=email)


def _member_of(email: str) -> Member:
    """Whose address it is, a new member's at need. A password that somebody gave an address before it was theirs by proof
    opens nothing once its owner comes."""
    with transaction.atomic():
        fresh = Member(email=email, locale=get_language() or "en")
        fresh.set_unusable_password()
        # Of two at once with one new address the constraint lets one in.
        Member.objects.bulk_create([fresh], ignore_conflicts=True)
        member = Member.objects.select_for_update(no_key=True).get(email__iexact=email)
        address, _new = EmailAddress.objects.get_or_create(
            user=member, email=member.email, defaults={"primary": True, "verified": False}
        )
        if not address.verified and member.has_usable_password() and member.last_login is None:
            member.set_unusable_password()
            member.save(update_fields=["password"])
    return member
