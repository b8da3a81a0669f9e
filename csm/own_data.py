"""Everything held about a member, collected from all apps: to be taken along, and to be erased."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

import campaigns.personal
import facilities.personal
import funding.personal
import members.personal
import orders.personal
import payments.personal
import products.personal
from funding import erasing as funding_erasing
from members import erasing
from members.models import Member
from payments import erasing as payments_erasing

HELD = members.personal.declared(
    members.personal.HELD,
    payments.personal.HELD,
    funding.personal.HELD,
    facilities.personal.HELD,
    products.personal.HELD,
    campaigns.personal.HELD,
    orders.personal.HELD,
)


def as_json(member: Member, *, now: datetime.datetime) -> Iterator[str]:
    """One JSON document, piece by piece: for each table its rows, with the names that the columns have."""
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    yield f'{{"made_at": {encode(now)}'
    for model, held in HELD.items():
        yield f",\n{json.dumps(model._meta.label)}: ["
        for number, row in enumerate(held.shown(member)):
            yield f"{',' if number else ''}\n{encode(row)}"
        yield "]"
    yield "}\n"


def reasons_against_erasing(member: Member) -> list[ValidationError]:
    """What has to end first: money that is open, and organisations that would have no owner."""
    return [
        *funding_erasing.reasons_against(member),
        *payments_erasing.reasons_against(member),
        *erasing.reasons_against(member),
    ]


def erase(member: Member, *, now: datetime.datetime) -> None:
    """Remove what is personal and keep the books (docs/adr/0012-erasure-against-books.md).

    Stripe is asked afterwards to do the same, by a sweep that finds whom it still knows.
    Raises ValidationError: what `reasons_against_erasing` finds.
    """
    with transaction.atomic():
        # A promise that is begun at the same moment waits for this row, and then finds nobody; or it is seen here.
        member = Member.objects.select_for_update().get(pk=member.pk)
        reasons = reasons_against_erasing(member)
        if reasons:
            raise ValidationError(reasons)
        payments_erasing.forget_events(member)
        funding_erasing.forget_unpaid(member)
        erasing.leave_everything(member, now=now)
        for held in HELD.values():
            held.erase(member)
        erasing.forget_member(member, now=now)
