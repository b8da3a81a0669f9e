"""The people and the co-operative of the demonstration."""

from __future__ import annotations

import datetime

from allauth.account.models import EmailAddress
from django.conf import settings

from csm.demo import lawful
from members.clock import database_now
from members.models import Member, Membership, Organisation
from payments import connecting
from payments.models import Receiver

PASSWORD = "workshop-2026"  # noqa: S105  (the demonstration tells everybody)
Role = Membership.Role

BACKERS = (
    "Ayşe Demir",
    "Bruno Keller",
    "Carla Neumann",
    "David Okafor",
    "Elif Yıldız",
    "Femke de Vries",
    "Gustavo Prieto",
    "Hanne Petersen",
    "Ivo Marković",
    "Jasmin Vogel",
    "Karim Haddad",
    "Lena Brandt",
)


def person(email: str, name: str, *, staff: bool = False, superuser: bool = False) -> Member:
    """A member who can log in at once."""
    member = Member.objects.create_user(email, PASSWORD, display_name=name, time_zone="Europe/Berlin")
    member.is_staff, member.is_superuser = staff or superuser, superuser
    member.save(update_fields=["is_staff", "is_superuser"])
    EmailAddress.objects.create(user=member, email=email, verified=True, primary=True)
    lawful.agree(member, database_now())
    return member


def cooperative(now: datetime.datetime) -> tuple[Organisation, Receiver]:
    """The co-operative that runs the workshop, with the account that receives its money."""
    organisation = Organisation.objects.create(name="Werkhof Nord eG", slug="werkhof-nord", kind="cooperative")
    lawful.publish(now)
    lawful.introduce(organisation)
    receiver = connecting.connect(
        organisation=organisation,
        stripe_account=settings.STRIPE_ACCOUNT,
        currencies=["EUR"],
        statement_name="WERKHOF NORD",
        now=now,
    )
    roles = {
        "producer@demo.example": ("Petra Lindner", [Role.OWNER, Role.PRODUCER, Role.TREASURER]),
        "operator@demo.example": ("Olga Sommer", [Role.OPERATOR]),
    }
    for email, (name, held) in roles.items():
        member = person(email, name, staff=True)
        for role in held:
            Membership.objects.create(organisation=organisation, member=member, role=role)
    person("member@demo.example", "Mia Hoffmann")
    person("admin@demo.example", "Ada Admin", superuser=True)
    return organisation, receiver
