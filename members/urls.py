"""Addresses of one's own account, beside allauth's, and of who runs this site."""

from django.urls import path, register_converter

from members.models import LegalText
from members.views import legal, mails, organisations, profile


class LegalKind:
    """One of the kinds of legal texts."""

    regex = "|".join(LegalText.Kind.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LegalKind, "legal")

app_name = "members"
urlpatterns = [
    path("me/profile/", profile.profile, name="profile"),
    path("me/acting/", organisations.choose, name="act-for"),
    path("me/organisations/<slug:slug>/", organisations.organisation, name="organisation"),
    path("me/roles/<uuid:membership_id>/end/", organisations.end_role, name="end-role"),
    path("me/invitations/<uuid:invitation_id>/", organisations.withdraw_invitation, name="withdraw-invitation"),
    path("invitations/<str:token>/", organisations.invitation, name="invitation"),
    path("terms/accept/", legal.accept_terms, name="accept"),
    path("<legal:kind>/", legal.legal_text, name="legal"),
    path("<legal:kind>/<int:version>/", legal.legal_version, name="legal-version"),
    path("me/mails/", mails.mails, name="mails"),
    path("mails/<str:token>/", mails.unsubscribe, name="unsubscribe"),
]
