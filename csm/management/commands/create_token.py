"""Makes a personal API token."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.clock import database_now
from members.models import Member
from members.tokens import create_token


class Command(BaseCommand):
    """Prints the key once."""

    help = "Make a personal API token for a member; its key is printed once and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="made on the command line", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when nobody has this address."""
        member = Member.objects.filter(email__iexact=options["email"], is_active=True).first()
        if member is None:
            raise CommandError(f"No active member has the address {options['email']}.")
        _token, key = create_token(member=member, name=options["name"], now=database_now())
        self.stdout.write(key)
