"""Giving money back to the card it came from: reserved first, then asked for, then followed to its end."""

from __future__ import annotations

import datetime
import logging
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils.translation import gettext as _

from members.models import Member
from members.moves import move, move_or_refuse, record
from payments import balancing, mailing, stripe_gateway
from payments.alarming import raise_alarm
from payments.booking import Kind, book, sibling
from payments.models import BalanceTransaction, Dispute, Entry, Payment, Refund
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
    Raises ValidationError: `refund_exceeds_payment`, `refund_while_disputed`, `currency_differs`.
    """
    if amount.currency != payment.currency:
        raise ValidationError(_("A payment goes back in its own currency."), code="currency_differs")
    with transaction.atomic():
        earlier = Refund.objects.filter(payment=payment, purpose=purpose).first()
        if earlier is not None:
            return earlier
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
    """Refunds that are to be sent, looked for or asked after; and failed ones that a lost dispute has paid out."""
    over = now - stripe_gateway.LONGEST_CALL
    ready = Q(state__in=(State.PREPARED, State.UNKNOWN, State.PENDING)) | Q(state=State.SENT, sent_at__lte=over)
    reserved = F("payment__refunding_minor") + F("payment__disputed_minor")
    disputed = Exists(Dispute.objects.filter(payment=OuterRef("payment"), state=Dispute.State.OPEN))
    overtaken = Q(state=State.FAILED, payment__received_minor__lt=reserved) & ~disputed
    rows = Refund.objects.filter(ready | overtaken, next_try_at__lte=now)
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


def apply_refund(answer: Answer, *, account: AccountRef, now: datetime.datetime) -> Refund | None:
    """Take over what Stripe says of a refund; safe twice, late and out of order. None for one that is not ours.

    One that was made good already, and left through Stripe after all, raises an alarm and stands on suspense.
    """
    with transaction.atomic():
        refund = _refund_of(answer, account)
        if refund is None:
            return None
        is_news = refund.refund_id is None
        if is_news:
            refund.refund_id = answer["id"]
            refund.save(update_fields=["refund_id"])
        _book_answer(refund, answer, account=account, now=now)
        to = _FROM_STRIPE[answer["status"]]
        if refund.state in Refund.MADE_GOOD:
            _notice_second_return(refund, to, is_news=is_news, now=now)
        elif to != refund.state and to in Refund.MOVES[refund.state] and not _is_stale(refund, to, is_news=is_news):
            _follow(refund, to, answer.get("failure_reason") or "", now=now)
    return refund


def _follow(refund: Refund, to: str, failure: str, *, now: datetime.datetime) -> None:
    """Move a refund to where Stripe says that it is, and tell its payer."""
    first_answer = refund.state in (State.SENT, State.UNKNOWN)
    settled_at = now if to in (State.SUCCEEDED, State.FAILED) else None
    move(refund, to, by=None, now=now, settled_at=settled_at, failure=failure[:200])
    if to == State.FAILED:
        raise_alarm(
            f"refund:{refund.pk}",
            f"A refund of {refund.amount} came back ({refund.failure or 'no reason given'}): "
            "it is owed until it is sent again or returned another way.",
            now=now,
        )
        if not first_answer:
            mailing.refund_failed(refund)
    elif first_answer:
        mailing.refund_sent(refund)


def _is_stale(refund: Refund, to: str, *, is_news: bool) -> bool:
    """Whether an answer is older than the failure that we know of. Stripe refused one whose first answer was lost: that
    one may turn up later; or it says by a booking of its own that the money left after all."""
    if refund.state != State.FAILED or is_news:
        return False
    return to != State.SUCCEEDED or _left_minor(refund) == 0


def _left_minor(refund: Refund) -> int:
    """What of it has left through Stripe and not come back, by Stripe's own bookings; minor units."""
    bookings = BalanceTransaction.objects.filter(payment=refund.payment_id, source_id=refund.refund_id)
    return -int(bookings.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _notice_second_return(refund: Refund, to: str, *, is_news: bool, now: datetime.datetime) -> None:
    """What was made good by hand, by another refund or by the bank, and leaves through Stripe too, is nobody's debt any
    more: it stands on suspense until a person has explained it, or until it comes back."""
    suspense, owed = (sibling(refund.payment.credit_account, kind) for kind in (Kind.SUSPENSE, Kind.REFUNDS_OWED))
    left = _left_minor(refund)
    twice = Entry.objects.filter(fact="refund_returned_twice", external_id=str(refund.pk)).exists()
    if left and to != State.FAILED:
        legs = [(suspense, refund.amount_minor), (owed, -refund.amount_minor)]
        book("refund_returned_twice", refund.pk, legs, now=now, memo=refund.refund_id or "")
    elif twice and not left:
        legs = [(owed, refund.amount_minor), (suspense, -refund.amount_minor)]
        book("refund_second_came_back", refund.pk, legs, now=now, memo=refund.refund_id or "")
    if to != State.FAILED and (is_news or (left and not twice)):
        raise_alarm(
            f"refund-twice:{refund.pk}",
            f"A refund of {refund.amount} was made good already ({refund.get_state_display()}), and Stripe returns it "
            f"too ({refund.refund_id}). What has left twice stands on the suspense account.",
            now=now,
        )


def _insert_once(refund: Refund) -> bool:
    Refund.objects.bulk_create([refund], ignore_conflicts=True)
    return Refund.objects.filter(pk=refund.pk).exists()


def book_reserved(refund: Refund, *, now: datetime.datetime) -> None:
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
