"""People, the organisations they act for, what they agreed to, and the history of every state that moves."""

from members.models.approval import Approval
from members.models.invitation import Invitation
from members.models.legal import Acceptance, LegalText, LegalTextQuerySet
from members.models.mails import MailChoice, MailKind
from members.models.people import (
    ApiToken,
    Member,
    MemberManager,
    Membership,
    Organisation,
    OrganisationQuerySet,
    StoredAnswer,
    Transition,
    public_name,
)

__all__ = [
    "Acceptance",
    "ApiToken",
    "Approval",
    "Invitation",
    "LegalText",
    "LegalTextQuerySet",
    "MailChoice",
    "MailKind",
    "Member",
    "MemberManager",
    "Membership",
    "Organisation",
    "OrganisationQuerySet",
    "StoredAnswer",
    "Transition",
    "public_name",
]
