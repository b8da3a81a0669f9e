"""Takes personal API tokens back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.clock import database_now
from members.models import ApiToken
from members.tokens import revoke_token


class Command(BaseCommand):
    """Says which ones it revoked."""

    help = "Revoke the personal API tokens of a member: all of them, or those of one name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", help="only those that are for this")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when there is none to revoke. A member who may not log in any more has theirs revoked too."""
        tokens = ApiToken.objects.filter(member__email__iexact=options["email"], revoked_at=None)
        if options["name"] is not None:
            tokens = tokens.filter(name=options["name"])
        found = list(tokens.order_by("pk"))
        if not found:
            raise CommandError(f"{options['email']} has no such token.")
        for token in found:
            revoke_token(token, now=database_now())
            self.stdout.write(f"Revoked: {token.name}, made on {token.created_at:%Y-%m-%d}")
