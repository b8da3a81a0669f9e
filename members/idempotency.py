"""One request, one effect: what an `Idempotency-Key` promises to whoever calls the API."""

from __future__ import annotations

import datetime
import functools
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.clock import database_now
from members.models import StoredAnswer
from members.requests import member_of

KEPT_FOR = datetime.timedelta(hours=24)
# Longer than any request can run, with its two calls to Stripe: whoever still has not answered then has died.
ABANDONED_AFTER = datetime.timedelta(minutes=2)
LONGEST_KEY = 255
LONGEST_PATH = 300
# So that a repeated request finds the pledge that the first one made, even when the first died before answering.
_NAMESPACE = UUID("7f0b8a52-3b3e-5d0f-9c52-0f1a3d5e7c91")


class KeyReused(APIException):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = _("This Idempotency-Key was used for another request.")


class InFlight(APIException):
    status_code = 409
    default_code = "idempotency_key_in_flight"
    default_detail = _("The first request with this Idempotency-Key is still being answered.")


class KeyMalformed(APIException):
    status_code = 400
    default_code = "idempotency_key_malformed"
    default_detail = _("An Idempotency-Key has 1 to 255 printable characters.")


def effect_id(request: Request) -> UUID | None:
    """An id that is the same for each repetition of a keyed request of a member; None without a key."""
    key = request.headers.get("Idempotency-Key")
    return uuid5(_NAMESPACE, f"{member_of(request).pk} {key}") if key else None


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Let a POST handler of an APIView answer a repeated request with its first answer.

    Stored for 24 h per member and key; answers of 500 and above are not, so that they can be tried again.
    Raises `KeyReused` for another request, `InFlight` while the first one runs, `KeyMalformed`.
    """

    @functools.wraps(handler)
    def wrapped(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
            raise KeyMalformed
        row = _claim(request, key)
        if row.status:
            return _replay(row)
        try:
            answer = handler(view, request, *args, **kwargs)
        except Exception as error:
            answered = view.get_exception_handler()(error, view.get_exception_handler_context())
            if answered is None or answered.status_code >= 500:
                StoredAnswer.objects.filter(pk=row.pk).delete()
                raise
            answer = answered
        StoredAnswer.objects.filter(pk=row.pk).update(status=answer.status_code, body=answer.data)
        return answer

    return wrapped


def _replay(row: StoredAnswer) -> Response:
    kind = "application/problem+json" if (row.status or 0) >= 400 else None
    return Response(row.body, status=row.status, headers={"Idempotency-Replayed": "true"}, content_type=kind)


def _claim(request: Request, key: str) -> StoredAnswer:
    member, now = member_of(request), database_now()
    content = hashlib.sha256(request._request.body).hexdigest()
    # No address of ours is as long as the column; what goes on behind that is told apart no more, and is not found.
    path = request.path[:LONGEST_PATH]
    made = StoredAnswer(
        member=member, key=key, method=str(request.method), path=path, body_sha256=content, claimed_at=now
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        pass
    else:
        return made
    row = StoredAnswer.objects.get(member=member, key=key)
    if (row.method, row.path, row.body_sha256) != (made.method, made.path, made.body_sha256):
        raise KeyReused
    if not row.status:
        late = StoredAnswer.objects.filter(pk=row.pk, status=None, claimed_at__lt=now - ABANDONED_AFTER)
        if not late.update(claimed_at=now):
            raise InFlight
    return row


def forget_old(*, now: datetime.datetime) -> int:
    """Delete what is older than a day; how many."""
    deleted, _models = StoredAnswer.objects.filter(claimed_at__lt=now - KEPT_FOR).delete()
    return deleted
