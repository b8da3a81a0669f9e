"""Where Stripe's webhooks arrive."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from members.clock import database_now
from payments import inbox, stripe_gateway, tasks

logger = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Verify, keep, answer; a worker applies it. Without a broker the next sweep does."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return HttpResponseBadRequest("too large")
    try:
        kept = inbox.receive(request.body, request.headers.get("Stripe-Signature", ""), now=database_now())
    except stripe_gateway.BadSignature:
        return HttpResponseBadRequest("not signed by Stripe")
    if kept is not None:
        try:
            tasks.sweep.apply_async(retry=False)
        except OperationalError:
            logger.warning("No broker: event %s waits for the next sweep.", kept.event_id)
    return HttpResponse()
