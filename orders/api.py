"""The REST API of runs, quotes and orders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from funding import committing, statement
from funding.models import Commitment
from funding.serializers import ReturnUrlSerializer, payment_page
from members.clock import database_now
from members.idempotency import idempotent
from members.requests import address_of, member_of
from orders import ordering, quoting
from orders.models import Order, Quote, Run
from orders.serializers import (
    MadeOrderSerializer,
    OrderSerializer,
    QuoteSerializer,
    RunSerializer,
    RunStatementSerializer,
    UnitsSerializer,
)
from orders.views import NOWHERE, with_progress


class RunList(APIView):
    """The newest batches."""

    @extend_schema(responses=RunSerializer(many=True))
    def get(self, request: Request) -> Response:
        runs = Run.objects.with_names().order_by("-pk")[:200]
        return Response(RunSerializer(with_progress(list(runs)), many=True).data)


class RunDetail(APIView):
    """One batch."""

    @extend_schema(responses=RunSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(RunSerializer(with_progress([_run(run_id)])[0]).data)


class RunStatement(APIView):
    """The final bill of a batch, with the evidence of each cost."""

    @extend_schema(responses=RunStatementSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        run = _run(run_id)
        body = {"statement": statement.statement(run.fund_id), "costs": run.costs.all()}
        return Response(RunStatementSerializer(body).data)


class RunQuotes(APIView):
    """Ask for a price."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=UnitsSerializer, responses={201: QuoteSerializer})
    @idempotent
    def post(self, request: Request, run_id: UUID) -> Response:
        given = UnitsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = quoting.quote(run=_run(run_id), units=given.validated_data["units"], now=database_now())
        return Response(QuoteSerializer(made).data, status=201)


class QuoteDetail(APIView):
    """A quote, by its id."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=QuoteSerializer)
    def get(self, request: Request, quote_id: UUID) -> Response:
        return Response(QuoteSerializer(get_object_or_404(Quote, pk=quote_id)).data)


class QuoteOrder(APIView):
    """Accept a quote."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=ReturnUrlSerializer, responses={201: MadeOrderSerializer})
    @idempotent
    def post(self, request: Request, quote_id: UUID) -> Response:
        """Orders, and answers with the page on which the card is saved. A quote becomes one order, however often."""
        given = ReturnUrlSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        back = given.validated_data.get("return_url")
        own = request.build_absolute_uri(reverse("orders:order", args=[NOWHERE])).replace(NOWHERE, "{order}")
        now = database_now()
        order = ordering.place_order(
            quote=get_object_or_404(Quote.objects.select_related("run__revision", "run__facility"), pk=quote_id),
            accepted_from=address_of(request),
            success_url=back or f"{own}back/",
            cancel_url=back or own,
            by=member_of(request),
            now=now,
        )
        drafted = order.commitment.state == Commitment.State.DRAFT
        url = committing.open_card_page(order.commitment_id, now=now) if drafted else None
        return Response(MadeOrderSerializer({"order": order, **payment_page(order.commitment, url)}).data, status=201)


class OrderList(ListAPIView[Order]):
    """One's own orders, newest first."""

    permission_classes = (IsAuthenticated,)
    serializer_class = OrderSerializer

    def get_queryset(self) -> Any:
        return _own(self.request)


class OrderDetail(APIView):
    """One's own order."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=OrderSerializer)
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(OrderSerializer(get_object_or_404(_own(request), pk=order_id)).data)


class OrderWithdrawal(APIView):
    """Leave a batch, until its deadline."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=OrderSerializer)
    @idempotent
    def post(self, request: Request, order_id: UUID) -> Response:
        order = get_object_or_404(_own(request), pk=order_id)
        ordering.withdraw(order, by=member_of(request), now=database_now())
        return Response(OrderSerializer(get_object_or_404(_own(request), pk=order_id)).data)


def _run(run_id: UUID) -> Run:
    return get_object_or_404(Run.objects.with_names(), pk=run_id)


def _own(request: Request) -> Any:
    return Order.objects.of_member(member_of(request)).select_related("run", "quote", "commitment__fund")
