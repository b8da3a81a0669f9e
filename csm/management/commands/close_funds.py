"""Closes the funds whose deadline has come."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from funding import closing, foreseeing
from funding.models import Fund
from members.clock import database_now
from orders import closing as orders_closing
from orders.models import Run


class Command(BaseCommand):
    """What beat does by itself each minute, to be foreseen or done by hand."""

    help = "Close every fund whose deadline has come; with --dry-run only say what would happen to whom."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="move nothing")
        parser.add_argument("--all", action="store_true", help="with --dry-run: also those whose deadline lies ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        """One paragraph a fund, one line a promise."""
        now = database_now()
        dry = options["dry_run"]
        funds = foreseeing.closable(now=now, ahead=dry and options["all"])
        for fund in funds:
            told = _foresee(fund)
            self.stdout.write(f"{fund.title}: {told.sentence}")
            if dry:
                for promise in told.promises:
                    self.stdout.write(f"  {promise.commitment_id}  {promise.maximum}  {promise.sentence}")
            else:
                closed = closing.close_due(fund.pk, now=now)
                self.stdout.write("  closing" if closed else "  somebody else is closing it")
        self.stdout.write(f"{len(funds)} due{'; nothing was moved' if dry else ''}.")


def _foresee(fund: Fund) -> foreseeing.Foresight:
    """A batch charges its price at the close, and what delivery, tax and fees add never helps to reach its minimum."""
    run = Run.objects.select_related("fund").filter(fund=fund).first()
    if run is None:
        return foreseeing.foresee(fund)
    planned = orders_closing.plan(run)
    return foreseeing.foresee(fund, required=planned.required, amounts=planned.amounts)
