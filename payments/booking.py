"""The ledger's one way in, and the postings of each fact (docs/chart-of-accounts.md).

Debits are positive, credits negative. A fact about one thing is booked once; booking it again changes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from payments.models import Account, Entry, Posting, Receiver
from payments.money import Money

Kind = Account.Kind


def account_for(
    receiver: Receiver, kind: str, currency: str, *, subject_id: UUID | None = None, name: str = ""
) -> Account:
    """The receiver's account of this kind, currency and subject; opened when it is first needed."""
    account, _created = Account.objects.get_or_create(
        receiver=receiver,
        kind=kind,
        subject_id=subject_id,
        currency=currency,
        defaults={"name": name or str(Kind(kind).label)},
    )
    return account


def sibling(account: Account, kind: str, *, subject_id: UUID | None = None, name: str = "") -> Account:
    """The account of another kind in the same receiver's books and currency."""
    return account_for(account.receiver, kind, account.currency, subject_id=subject_id, name=name)


def book(
    fact: str,
    external_id: str | UUID,
    legs: Iterable[tuple[Account, int]],
    *,
    now: datetime.datetime,
    memo: str = "",
) -> bool:
    """Book one fact with its `legs` (account, signed minor units); True when it was not booked before.

    Legs of zero are left out, legs on one account are added up. An entry that does not balance, or is empty, is
    refused by PostgreSQL when the transaction commits (IntegrityError).
    """
    sums: dict[UUID, int] = {}
    accounts: dict[UUID, Account] = {}
    for account, amount in legs:
        accounts[account.pk] = account
        sums[account.pk] = sums.get(account.pk, 0) + amount
    with transaction.atomic():
        # ON CONFLICT DO NOTHING waits for a concurrent booking of the same fact and then finds it there.
        entry = Entry(fact=fact, external_id=str(external_id), at=now, memo=memo)
        Entry.objects.bulk_create([entry], ignore_conflicts=True)
        if not Entry.objects.filter(pk=entry.pk).exists():
            return False
        Posting.objects.bulk_create(
            Posting(entry=entry, account=accounts[pk], currency=accounts[pk].currency, amount_minor=amount)
            for pk, amount in sorted(sums.items())
            if amount
        )
    return True


def balance(account: Account) -> Money:
    """What stands on the account: debits less credits."""
    total = Posting.objects.filter(account=account).aggregate(total=Sum("amount_minor"))["total"]
    return Money(int(total or 0), account.currency)
