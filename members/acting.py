"""Acting for an organisation instead of for oneself: whoever may bind it chooses, and everything then says for whom."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.access import holds_role
from members.models import Member, Membership, Organisation, OrganisationQuerySet

# Who may promise the organisation's money and order in its name.
BINDING_ROLES = (Membership.Role.OWNER, Membership.Role.PRODUCER, Membership.Role.TREASURER)


def may_act_for(member: Member, organisation_id: UUID) -> bool:
    """Whether the member may bind the organisation: its owners, producers and treasurers."""
    return holds_role(member, organisation_id, *BINDING_ROLES)


def choices_of(member: Member) -> OrganisationQuerySet:
    """The organisations that the member may act for, once they have the second factor that is asked for."""
    return Organisation.objects.acted_for_by(member, *BINDING_ROLES)


def refuse_unless_acting(member: Member, organisation: Organisation | None) -> None:
    """Raises ValidationError (`not_acting_for`) when the member may not bind the organisation; None binds nobody else."""
    if organisation is not None and not may_act_for(member, organisation.pk):
        raise ValidationError(
            _("You cannot act for %(organisation)s."),
            code="not_acting_for",
            params={"organisation": organisation.name},
        )
