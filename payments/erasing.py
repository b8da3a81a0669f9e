"""What payments do when a member is erased: refuse while money is owed, forget what Stripe told, and be forgotten there."""

from __future__ import annotations

import datetime
import logging
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from members.models import Member
from payments import stripe_gateway
from payments.models import Customer, Dispute, Payment, Refund, WebhookEvent
from payments.stripe_gateway import AccountRef

logger = logging.getLogger(__name__)

_OWED = (
    *(Refund.State.PROPOSED, Refund.State.PREPARED, Refund.State.SENT),
    *(Refund.State.PENDING, Refund.State.UNKNOWN, Refund.State.FAILED),
)
_ON_ITS_WAY = (Payment.State.CREATED, Payment.State.CONFIRMING, Payment.State.PROCESSING)


def reasons_against(member: Member) -> list[ValidationError]:
    """Money that is on its way or owed: `payment_open`, `refund_owed`, `dispute_open`."""
    found = []
    if Payment.objects.filter(payer=member, state__in=_ON_ITS_WAY).exists():
        found.append(ValidationError(_("A payment of yours is on its way."), code="payment_open"))
    if Refund.objects.filter(payment__payer=member, state__in=_OWED).exists():
        found.append(ValidationError(_("Money is on its way back to you."), code="refund_owed"))
    if Dispute.objects.filter(payment__payer=member, state=Dispute.State.OPEN).exists():
        found.append(ValidationError(_("Your bank disputes a payment of yours."), code="dispute_open"))
    return found


def forget_events(member: Member) -> None:
    """Empty what Stripe sent about the member; which events came, and of what, stays. What is not applied yet is emptied
    when their customer is deleted."""
    told = WebhookEvent.objects.annotate(said=Cast("payload", TextField()))
    mentions = Q(said__contains=member.email)
    for key in Customer.objects.filter(member=member, customer_id__isnull=False).values_list("customer_id", flat=True):
        mentions |= Q(said__contains=str(key))
    told.filter(mentions).exclude(state=WebhookEvent.State.RECEIVED).update(payload={})


def due(*, limit: int) -> list[UUID]:
    """Customers of erased members whom Stripe still knows; found in the tables, so that nobody is forgotten halfway."""
    known = Customer.objects.filter(
        member__erased_at__isnull=False, erased_at=None, customer_id__isnull=False, livemode=settings.STRIPE_LIVEMODE
    )
    return list(known.order_by("pk").values_list("pk", flat=True)[:limit])


def delete_customer(customer_id: UUID, *, now: datetime.datetime) -> bool:
    """Have Stripe delete a customer with their cards; True when it is done. Asked again it is done once."""
    customer = Customer.objects.select_related("member").get(pk=customer_id)
    try:
        stripe_gateway.delete_customer(
            AccountRef(customer.stripe_account, customer.livemode), customer.customer_id or ""
        )
    except stripe_gateway.Refused as refused:
        if refused.code != "resource_missing":
            logger.warning("Customer %s is not deleted: %s", customer_id, refused)
            return False
    except stripe_gateway.Unknown as unknown:
        logger.warning("Customer %s: no answer (%s)", customer_id, unknown)
        return False
    Customer.objects.filter(pk=customer_id).update(erased_at=now)
    forget_events(customer.member)
    return True
