"""Making good a refund that failed: it is sent to the card again, or was returned another way. Until then it is owed."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move_or_refuse, record
from payments import mailing
from payments.booking import Kind, book, sibling
from payments.models import Payment, Refund
from payments.refund_answers import book_reserved
from payments.refunding import is_overtaken, refuse_while_disputed

State = Refund.State


def send_again(refund: Refund, *, by: Member, now: datetime.datetime) -> Refund:
    """Ask anew, as a refund of its own with a key of its own, which takes over what the failed one had reserved.

    The same amount to the same card, which was approved then: a second person is not asked again. Should it fail too,
    that one can be sent again.
    Raises ValidationError: `state_changed`, `refund_while_disputed`, `refund_exceeds_payment`.
    """
    with transaction.atomic():
        payment = _hold_owed(refund)
        move_or_refuse(refund, State.REPLACED, by=by, now=now, why="sent again", settled_at=now)
        fund = payment.credit_account
        legs = [(sibling(fund, Kind.REFUNDS_OWED), refund.amount_minor), (fund, -refund.amount_minor)]
        book("refund_sent_again", refund.pk, legs, now=now, memo=refund.purpose)
        again = Refund(
            stripe_account=refund.stripe_account,
            livemode=refund.livemode,
            payment=payment,
            # Unique within the payment: one refund is never replaced by two.
            purpose=f"again-{refund.pk}",
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            requested_by=by,
            requested_at=now,
            next_try_at=now,
        )
        again.save(force_insert=True)
        record(again, "", again.state, by=by, now=now, why=refund.purpose)
        book_reserved(again, now=now)
    return again


def settle_by_hand(refund: Refund, *, how: str, by: Member, now: datetime.datetime) -> None:
    """A failed refund was returned another way, from the bank; `how` is the reference by which its payer finds it.

    Raises ValidationError: `how_missing`, `state_changed`, `refund_while_disputed`, `refund_exceeds_payment`.
    """
    if not how.strip():
        raise ValidationError(_("Say how it was returned: the reference of the transfer."), code="how_missing")
    with transaction.atomic():
        fund = _hold_owed(refund).credit_account
        move_or_refuse(refund, State.BY_HAND, by=by, now=now, why=how, by_hand_how=how, settled_at=now)
        legs = [
            (sibling(fund, Kind.REFUNDS_OWED), refund.amount_minor),
            (sibling(fund, Kind.BANK), -refund.amount_minor),
        ]
        book("refund_by_hand", refund.pk, legs, now=now, memo=how[:240])
        mailing.refund_by_hand(refund)


def _hold_owed(refund: Refund) -> Payment:
    """The refund's payment, locked: a bank that takes it back waits, or is seen here."""
    payment = (
        Payment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("credit_account__receiver")
        .get(pk=refund.payment_id)
    )
    refuse_while_disputed(payment)
    if is_overtaken(payment):
        raise ValidationError(
            _("The payer has this money back through their bank: it is not owed a second time."),
            code="refund_exceeds_payment",
        )
    return payment
