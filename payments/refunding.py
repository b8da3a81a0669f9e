"""Giving money back to the card it came from: reserved first, then asked for, then followed to its end."""

from __future__ import annotations

import datetime
import logging
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move, move_or_refuse, record
from payments import stripe_gateway
from payments.alarming import raise_alarm
from payments.booking import Kind, book, sibling
from payments.models import Dispute, Payment, Refund
from payments.money import Money
from payments.refund_answers import apply_refund, book_reserved
from payments.stripe_gateway import AccountRef
from payments.writing import written

logger = logging.getLogger(__name__)

State = Refund.State

# Whoever asked Stripe and has noted no answer by then has probably died. Looking for it does no harm if not.
LOOKED_FOR_AFTER = datetime.timedelta(seconds=20)


def request_refund(
    *, payment: Payment, amount: Money, purpose: str, by: Member | None, now: datetime.datetime
) -> Refund:
    """Reserve `amount` of a payment that arrived; a worker then sends it. The same purpose is never paid back twice.

    One conditional UPDATE reserves, so two at once cannot return more than arrived. A person's refund above
    `REFUND_APPROVAL_MINOR` waits for a second person.
    Raises ValidationError: `refund_exceeds_payment`, `refund_while_disputed`, `currency_differs`, `amount_not_positive`.
    """
    if amount.currency != payment.currency:
        raise ValidationError(_("A payment goes back in its own currency."), code="currency_differs")
    with transaction.atomic():
        earlier = Refund.objects.filter(payment=payment, purpose=purpose).first()
        if earlier is not None:
            return earlier
        if amount.minor <= 0:
            raise ValidationError(_("The amount must be more than nothing."), code="amount_not_positive")
        reserved = Payment.objects.filter(
            ~Exists(Dispute.objects.filter(payment=OuterRef("pk"), state=Dispute.State.OPEN)),
            pk=payment.pk,
            state=Payment.State.SUCCEEDED,
            received_minor__gte=F("refunding_minor") + F("disputed_minor") + amount.minor,
        ).update(refunding_minor=F("refunding_minor") + amount.minor)
        if not reserved:
            # The winner of a race for this purpose holds the row's lock until it commits.
            payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
            earlier = Refund.objects.filter(payment=payment, purpose=purpose).first()
            if earlier is not None:
                return earlier
            refuse_while_disputed(payment)
            raise ValidationError(
                _("Only %(left)s of this payment can still be returned."),
                code="refund_exceeds_payment",
                params={"left": written(payment.returnable)},
            )
        waits = by is not None and amount.minor > settings.REFUND_APPROVAL_MINOR
        refund = Refund(
            stripe_account=payment.stripe_account,
            livemode=payment.livemode,
            payment=payment,
            purpose=purpose,
            amount_minor=amount.minor,
            currency=amount.currency,
            state=State.PROPOSED if waits else State.PREPARED,
            requested_by=by,
            requested_at=now,
            next_try_at=now,
        )
        # Two for the same purpose, both within what arrived: the second waits here, and its reservation rolls back.
        if not _insert_once(refund):
            Payment.objects.filter(pk=payment.pk).update(refunding_minor=F("refunding_minor") - amount.minor)
            return Refund.objects.get(payment=payment, purpose=purpose)
        record(refund, "", refund.state, by=by, now=now, why=purpose)
        if not waits:
            book_reserved(refund, now=now)
    return refund


def refuse_while_disputed(payment: Payment) -> None:
    """Raises ValidationError (`refund_while_disputed`) while a bank holds any of the payment."""
    if payment.disputes.filter(state=Dispute.State.OPEN).exists():
        raise ValidationError(
            _("The bank has taken this payment back already: while it is disputed nothing is returned."),
            code="refund_while_disputed",
        )


def is_overtaken(payment: Payment) -> bool:
    """Whether a bank has taken back what is reserved for refunds too: it is not owed twice."""
    return payment.refunding_minor + payment.disputed_minor > payment.received_minor


def return_rest(payment: Payment, *, by: Member, now: datetime.datetime, why: str) -> Refund:
    """A person returns all that is left of a payment. Raises ValidationError as `request_refund` does."""
    # One that was turned down, or gave way to a dispute, does not stand for who asks again.
    earlier = payment.refunds.filter(state=State.DECLINED).count()
    purpose = f"by hand: {why}"[:58] + (f" ({earlier})" if earlier else "")
    return request_refund(payment=payment, amount=payment.returnable, purpose=purpose, by=by, now=now)


def approve_refund(refund: Refund, *, by: Member, now: datetime.datetime) -> None:
    """The second person's yes. Raises ValidationError: `second_person_needed`, `state_changed`."""
    if refund.requested_by_id == by.pk:
        raise ValidationError(_("Somebody else has to approve what you asked for."), code="second_person_needed")
    with transaction.atomic():
        move_or_refuse(refund, State.PREPARED, by=by, now=now, approved_by=by, next_try_at=now)
        book_reserved(refund, now=now)


def decline_refund(refund: Refund, *, by: Member, now: datetime.datetime, why: str) -> None:
    """The second person's no: the reservation ends. Raises ValidationError (`state_changed`)."""
    with transaction.atomic():
        move_or_refuse(refund, State.DECLINED, by=by, now=now, why=why, settled_at=now)
        Payment.objects.filter(pk=refund.payment_id).update(refunding_minor=F("refunding_minor") - refund.amount_minor)


def due(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Refunds that are to be sent, looked for or asked after, in the mode that this installation runs in; and failed ones
    that a lost dispute has paid out."""
    silent = Q(state=State.SENT, sent_at__lte=now - LOOKED_FOR_AFTER)
    ready = Q(state__in=(State.PREPARED, State.UNKNOWN, State.PENDING)) | silent
    reserved = F("payment__refunding_minor") + F("payment__disputed_minor")
    disputed = Exists(Dispute.objects.filter(payment=OuterRef("payment"), state=Dispute.State.OPEN))
    overtaken = Q(state=State.FAILED, payment__received_minor__lt=reserved) & ~disputed
    rows = Refund.objects.filter(ready | overtaken, livemode=settings.STRIPE_LIVEMODE, next_try_at__lte=now)
    return list(rows.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def send_refund(refund_id: UUID, *, now: datetime.datetime) -> Refund:
    """Bring one refund a step further: send it, look for one whose answer was lost, or ask after a pending one."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    account = AccountRef(refund.stripe_account, refund.livemode)
    try:
        if refund.state == State.FAILED:
            _release(refund, now=now)
        elif refund.refund_id is not None:
            if refund.state not in (State.SUCCEEDED, State.BY_HAND):
                apply_refund(stripe_gateway.retrieve_refund(account, refund.refund_id), account=account, now=now)
        elif refund.state == State.PREPARED:
            _send(refund, account, now=now)
        elif refund.state in (State.SENT, State.UNKNOWN):
            _find_or_send_again(refund, account, now=now)
    except stripe_gateway.Unknown as unknown:
        logger.warning("Refund %s: no answer (%s)", refund.pk, unknown)
        if refund.state == State.SENT:
            move(refund, State.UNKNOWN, by=None, now=now, why=str(unknown)[:240])
        _later(refund, now=now)
    except stripe_gateway.Refused as refused:
        logger.warning("Refund %s could not be looked for: %s", refund.pk, refused)
        _later(refund, now=now)
    refund.refresh_from_db()
    if refund.state == State.PENDING:
        _later(refund, now=now)
    return refund


def _insert_once(refund: Refund) -> bool:
    Refund.objects.bulk_create([refund], ignore_conflicts=True)
    return Refund.objects.filter(pk=refund.pk).exists()


def _send(refund: Refund, account: AccountRef, *, now: datetime.datetime) -> None:
    """Ask Stripe for a refund that it does not have yet; not while the bank has taken the payment back."""
    payment = refund.payment
    if payment.disputes.filter(state=Dispute.State.OPEN).exists():
        _later(refund, now=now)
    elif is_overtaken(payment):
        _release(refund, now=now)
    elif move(refund, State.SENT, by=None, now=now, sent_at=now, tries=refund.tries + 1):
        _ask_stripe(refund, account, now=now)


def _release(refund: Refund, *, now: datetime.datetime) -> None:
    """The payer has the money back through their bank: it is not owed a second time."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
        if is_overtaken(payment) and move(
            refund, State.DECLINED, by=None, now=now, why="lost in a dispute", settled_at=now
        ):
            Payment.objects.filter(pk=payment.pk).update(refunding_minor=F("refunding_minor") - refund.amount_minor)
            fund = refund.payment.credit_account
            legs = [(sibling(fund, Kind.REFUNDS_OWED), refund.amount_minor), (fund, -refund.amount_minor)]
            book("refund_released", refund.pk, legs, now=now, memo=refund.purpose)


def _find_or_send_again(refund: Refund, account: AccountRef, *, now: datetime.datetime) -> None:
    """Look for the refund at Stripe by our id; only when it is not there is it asked for anew, with a new key.

    A key that got a 500 would replay that 500 for a day.
    """
    for answer in stripe_gateway.list_refunds(account, payment_intent=refund.payment.intent_id):
        if (answer.get("metadata") or {}).get("refund") == str(refund.pk):
            apply_refund(stripe_gateway.retrieve_refund(account, answer["id"]), account=account, now=now)
            return
    if refund.sent_at is not None and now < refund.sent_at + stripe_gateway.LONGEST_CALL:
        # The first request may still be on its way, or at work over there.
        Refund.objects.filter(pk=refund.pk).update(next_try_at=refund.sent_at + stripe_gateway.LONGEST_CALL)
    elif refund.state == State.UNKNOWN or move(refund, State.UNKNOWN, by=None, now=now):
        _send(refund, account, now=now)


def _ask_stripe(refund: Refund, account: AccountRef, *, now: datetime.datetime) -> None:
    try:
        answer = stripe_gateway.create_refund(
            account,
            refund_id=str(refund.pk),
            intent_id=refund.payment.intent_id or "",
            amount_minor=refund.amount_minor,
            key=refund.idempotency_key,
        )
    except stripe_gateway.Refused as refused:
        if refused.code == "charge_disputed":
            # The bank was faster than the news of it: nothing is returned until the dispute has an end.
            move(refund, State.UNKNOWN, by=None, now=now, why=refused.message[:240])
            _later(refund, now=now)
        else:
            move(refund, State.FAILED, by=None, now=now, why=refused.message[:240], failure=refused.message[:200])
            raise_alarm(f"refund:{refund.pk}", f"Stripe refuses a refund: {refused.message}", now=now)
    else:
        apply_refund(answer, account=account, now=now)


def _later(refund: Refund, *, now: datetime.datetime) -> None:
    """Come back after 30 s, 1 min, 2 min … at most every hour."""
    tries = min(refund.tries, 7)
    delay = datetime.timedelta(hours=1) if refund.state == State.PENDING else datetime.timedelta(seconds=30 * 2**tries)
    Refund.objects.filter(pk=refund.pk).update(next_try_at=now + delay)
