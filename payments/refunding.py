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
from payments import balancing, mailing, stripe_gateway
from payments.alarming import raise_alarm
from payments.booking import Kind, book, sibling
from payments.models import Dispute, Payment, Refund
from payments.money import Money
from payments.stripe_gateway import AccountRef, Answer
from payments.writing import written

logger = logging.getLogger(__name__)

State = Refund.State

_FROM_STRIPE = {
    "pending": State.PENDING,
    "requires_action": State.PENDING,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}


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
            if payment.disputes.filter(state=Dispute.State.OPEN).exists():
                raise ValidationError(
                    _("The bank has taken this payment back already: while it is disputed nothing is returned."),
                    code="refund_while_disputed",
                )
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
            _book_reserved(refund, now=now)
    return refund


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
        _book_reserved(refund, now=now)


def decline_refund(refund: Refund, *, by: Member, now: datetime.datetime, why: str) -> None:
    """The second person's no: the reservation ends. Raises ValidationError (`state_changed`)."""
    with transaction.atomic():
        move_or_refuse(refund, State.DECLINED, by=by, now=now, why=why, settled_at=now)
        Payment.objects.filter(pk=refund.payment_id).update(refunding_minor=F("refunding_minor") - refund.amount_minor)


def due(*, now: datetime.datetime, limit: int) -> list[UUID]:
    """Refunds that are to be sent, looked for or asked after, in the mode that this installation runs in."""
    over = now - stripe_gateway.LONGEST_CALL
    ready = Q(state__in=(State.PREPARED, State.UNKNOWN, State.PENDING)) | Q(state=State.SENT, sent_at__lte=over)
    return list(
        Refund.objects.filter(ready, livemode=settings.STRIPE_LIVEMODE, next_try_at__lte=now)
        .order_by("next_try_at")
        .values_list("pk", flat=True)[:limit]
    )


def send_refund(refund_id: UUID, *, now: datetime.datetime) -> Refund:
    """Bring one refund a step further: send it, look for one whose answer was lost, or ask after a pending one."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    account = AccountRef(refund.stripe_account, refund.livemode)
    try:
        if refund.refund_id is not None:
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


def apply_refund(answer: Answer, *, account: AccountRef, now: datetime.datetime) -> Refund | None:
    """Take over what Stripe says of a refund, whoever asked for it; safe twice, late and out of order.

    None for one of a payment that is not ours.
    """
    with transaction.atomic():
        refund = _refund_of(answer, account) or _made_at_stripe(answer, account, now=now)
        if refund is None:
            return None
        if refund.refund_id is None:
            refund.refund_id = answer["id"]
            refund.save(update_fields=["refund_id"])
        to = _FROM_STRIPE[answer["status"]]
        if to != refund.state and to in Refund.MOVES[refund.state]:
            done = to in (State.SUCCEEDED, State.FAILED)
            first_answer = refund.state in (State.SENT, State.UNKNOWN)
            move(
                refund,
                to,
                by=None,
                now=now,
                settled_at=now if done else None,
                failure=(answer.get("failure_reason") or "")[:200],
            )
            if to == State.FAILED:
                raise_alarm(
                    f"refund:{refund.pk}",
                    f"A refund of {Money(refund.amount_minor, refund.currency)} came back "
                    f"({refund.failure or 'no reason given'}): it is owed until it is returned another way.",
                    now=now,
                )
                if not first_answer:
                    mailing.refund_failed(refund)
            elif first_answer:
                mailing.refund_sent(refund)
        _book_answer(refund, answer, account=account, now=now)
    return refund


def settle_by_hand(refund: Refund, *, how: str, by: Member, now: datetime.datetime) -> None:
    """A failed refund was returned another way, from the bank.

    Raises ValidationError: `how_missing`, `state_changed`.
    """
    if not how.strip():
        raise ValidationError(_("Say how it was returned."), code="how_missing")
    with transaction.atomic():
        move_or_refuse(refund, State.BY_HAND, by=by, now=now, why=how, by_hand_how=how, settled_at=now)
        fund = refund.payment.credit_account
        legs = [
            (sibling(fund, Kind.REFUNDS_OWED), refund.amount_minor),
            (sibling(fund, Kind.BANK), -refund.amount_minor),
        ]
        book("refund_by_hand", refund.pk, legs, now=now, memo=how[:240])


def _made_at_stripe(answer: Answer, account: AccountRef, *, now: datetime.datetime) -> Refund | None:
    """A refund that somebody made at Stripe itself: the money has left, and nothing may be decided on it any more.

    None when the payment is not ours, when the bank sent it back, or when refunds of our own return that money already.
    """
    payment = (
        Payment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("credit_account__receiver__organisation", "payer")
        .filter(
            intent_id=answer.get("payment_intent"),
            stripe_account=account.stripe_account,
            livemode=account.livemode,
            state=Payment.State.SUCCEEDED,
        )
        .first()
    )
    amount = answer["amount"]
    if payment is None or _FROM_STRIPE[answer["status"]] == State.FAILED:
        return None
    # Whoever was first to be told of it held the payment's row.
    known = _refund_of(answer, account)
    if known is not None or payment.refunding_minor + amount > payment.received_minor:
        return known
    Payment.objects.filter(pk=payment.pk).update(refunding_minor=F("refunding_minor") + amount)
    refund = Refund(
        stripe_account=payment.stripe_account,
        livemode=payment.livemode,
        payment=payment,
        purpose=f"at Stripe: {answer['id']}"[:64],
        amount_minor=amount,
        currency=payment.currency,
        state=State.SENT,
        refund_id=answer["id"],
        requested_at=now,
        sent_at=now,
        next_try_at=now,
    )
    refund.save(force_insert=True)
    record(refund, "", refund.state, by=None, now=now, why=refund.purpose)
    _book_reserved(refund, now=now)
    raise_alarm(
        f"refund-at-stripe:{answer['id']}",
        f"{Money(amount, payment.currency)} of {payment.payer} for “{payment.description}” were returned at Stripe "
        "itself: they count as gone from now on.",
        now=now,
    )
    return refund


def _insert_once(refund: Refund) -> bool:
    Refund.objects.bulk_create([refund], ignore_conflicts=True)
    return Refund.objects.filter(pk=refund.pk).exists()


def _book_reserved(refund: Refund, *, now: datetime.datetime) -> None:
    """From now on it is not the fund's any more but owed to the payer."""
    fund = refund.payment.credit_account
    legs = [(fund, refund.amount_minor), (sibling(fund, Kind.REFUNDS_OWED), -refund.amount_minor)]
    book("refund_reserved", refund.pk, legs, now=now, memo=refund.purpose)


def _book_answer(refund: Refund, answer: Answer, *, account: AccountRef, now: datetime.datetime) -> None:
    """What left through Stripe, and what came back from a bank that did not take it."""
    fund = refund.payment.credit_account
    transit, owed = sibling(fund, Kind.STRIPE_TRANSIT), sibling(fund, Kind.REFUNDS_OWED)
    for name, sign in (("balance_transaction", 1), ("failure_balance_transaction", -1)):
        txn = answer.get(name)
        if isinstance(txn, dict):
            fact = "refund_left" if sign > 0 else "refund_came_back"
            legs = [(owed, sign * refund.amount_minor), (transit, -sign * refund.amount_minor)]
            book(fact, answer["id"], legs, now=now)
            balancing.book_balance_transaction(txn, account=account, now=now)


def _send(refund: Refund, account: AccountRef, *, now: datetime.datetime) -> None:
    """Ask Stripe for a refund that it does not have yet; not while the bank has taken the payment back."""
    payment = refund.payment
    if payment.disputes.filter(state=Dispute.State.OPEN).exists():
        _later(refund, now=now)
    elif payment.refunding_minor + payment.disputed_minor > payment.received_minor:
        _release(refund, now=now)
    elif move(refund, State.SENT, by=None, now=now, sent_at=now, tries=refund.tries + 1):
        _ask_stripe(refund, account, now=now)


def _release(refund: Refund, *, now: datetime.datetime) -> None:
    """The payer has the money back through their bank: it is not owed a second time."""
    with transaction.atomic():
        if move(refund, State.DECLINED, by=None, now=now, why="lost in a dispute", settled_at=now):
            Payment.objects.filter(pk=refund.payment_id).update(
                refunding_minor=F("refunding_minor") - refund.amount_minor
            )
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
        # The first request may still be at work over there.
        _later(refund, now=now)
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


def _refund_of(answer: Answer, account: AccountRef) -> Refund | None:
    rows = Refund.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "payment__credit_account__receiver"
    )
    rows = rows.filter(stripe_account=account.stripe_account, livemode=account.livemode)
    refund = rows.filter(refund_id=answer["id"]).first()
    if refund is None:
        try:
            ours = UUID((answer.get("metadata") or {}).get("refund", ""))
        except ValueError:
            return None
        refund = rows.filter(pk=ours, refund_id=None).first()
    return refund
