"""Forms about people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from members import accepting, zones
from members.clock import database_now
from members.models import MailKind, Member, Membership
from members.naming import check_name


class SignupForm(forms.Form):
    """What sign-up asks beyond e-mail and password."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        max_length=80,
        required=False,
        validators=[check_name],
        help_text=_("May be empty: you are then shown as “A member”."),
    )

    terms = forms.BooleanField()

    field_order = ("email", "display_name", "password1", "terms")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreed = accepting.terms_in_force(now=database_now())
        if self.agreed is None:
            del self.fields["terms"]
        else:
            self.fields["terms"].label = format_html(
                # Translators: two links; their addresses are filled in.
                str(
                    _(
                        'I agree to the <a href="{}">terms of use</a>. The <a href="{}">privacy notice</a> says what is '
                        "kept about me."
                    )
                ),
                reverse("members:legal", args=["terms"]),
                reverse("members:legal", args=["privacy"]),
            )

    def signup(self, request: HttpRequest, user: Member) -> None:
        """allauth calls this after the account is saved; the adapter has kept everything else already."""
        if self.agreed is not None:
            accepting.accept(self.agreed, by=user, now=database_now())


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a member may say about themselves."""

    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Times are shown in it, on pages and in mails."))

    class Meta:
        model = Member
        fields = ("display_name", "locale", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].validators.append(check_name)
        self.fields["time_zone"].choices = zones.choices(self.instance.time_zone)  # type: ignore[attr-defined]


class MailsForm(forms.Form):
    """Which kinds of mails one wants."""

    kinds = forms.MultipleChoiceField(choices=MailKind.choices, widget=forms.CheckboxSelectMultiple, required=False)

    def chosen(self) -> Iterator[tuple[MailKind, bool]]:
        """Each kind, and whether it was ticked."""
        return ((kind, kind in self.cleaned_data["kinds"]) for kind in MailKind)


class InvitationForm(forms.Form):
    """Whom an owner asks to take which role."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.PRODUCER)
