"""Checks the books."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from csm import books


class Command(BaseCommand):
    """Exits with 1 when an invariant is broken."""

    help = "Check the invariants of ledger, payments, funds, rewards and batches in SQL."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a breach; at the end how many invariants were checked."""
        found = books.check()
        for breach in found:
            self.stderr.write(f"{breach.invariant}: {breach.what}: {breach.why}")
        self.stdout.write(f"{len(books.INVARIANTS)} invariants checked, {len(found)} broken.")
        if found:
            sys.exit(1)
