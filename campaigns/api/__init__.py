"""The REST API of campaigns and pledges."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from uuid6 import uuid7

from campaigns import choosing, pledging
from campaigns.choosing import Choice
from campaigns.discovering import Order, Stands, Wanted, after_from, find
from campaigns.models import Campaign, Pledge
from campaigns.serializers import (
    CampaignDetailSerializer,
    CampaignSerializer,
    ChangeSerializer,
    MadePledgeSerializer,
    NewPledgeSerializer,
    PledgeSerializer,
)
from campaigns.showing import with_progress
from facilities.placing import coordinates
from facilities.processes import PROCESSES
from funding import committing, statement
from funding.models import Commitment
from funding.serializers import StatementSerializer, payment_page
from members.clock import database_now
from members.idempotency import effect_id, idempotent
from members.requests import address_of, member_of
from payments.money import Money

MOST_KM = 1000


class CampaignList(APIView):
    """Launched campaigns: all, those that still run first, or what is asked for."""

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words, or their beginnings; a letter wrong is forgiven."),
            OpenApiParameter("state", str, enum=Stands.values),
            OpenApiParameter("process", str, enum=list(PROCESSES), description="What the workshop has a machine for."),
            OpenApiParameter("near", str, description="`latitude,longitude,kilometres`, in degrees; at most 1000 km."),
            OpenApiParameter("sort", str, enum=Order.values),
            OpenApiParameter("after", str, description='From the `Link: <…>; rel="next"` of the page before.'),
        ],
        responses=CampaignSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """At most 200; the header `Link` says where the next ones are."""
        found = find(_wanted(request), most=200, counted=False)
        answer = Response(CampaignSerializer(with_progress(found.campaigns), many=True).data)
        if found.after is not None:
            asked = {**request.query_params.dict(), "after": str(found.after)}
            answer["Link"] = f'<{request.build_absolute_uri(request.path)}?{urlencode(asked)}>; rel="next"'
        return answer


class CampaignDetail(APIView):
    """One campaign with its rewards and its budget."""

    @extend_schema(responses=CampaignDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(CampaignDetailSerializer(with_progress([_launched(slug)])[0]).data)


class CampaignStatement(APIView):
    """The campaign's public account."""

    @extend_schema(responses=StatementSerializer)
    def get(self, request: Request, slug: str) -> Response:
        campaign = _launched(slug)
        assert campaign.fund_id is not None  # noqa: S101  (launched ones have a fund)
        return Response(StatementSerializer(statement.statement(campaign.fund_id)).data)


class CampaignPledges(APIView):
    """Support a campaign."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=NewPledgeSerializer, responses={201: MadePledgeSerializer})
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Makes a pledge and answers with the page on which its card is saved."""
        campaign = _launched(slug)
        given = _validated(NewPledgeSerializer, request)
        own = _pledge_url(request._request)
        now = database_now()
        made = pledging.pledge(
            campaign=campaign,
            choices=_choices(campaign, given["lines"]),
            country=given["country"],
            amount=_amount(campaign, given),
            is_anonymous=given["is_anonymous"],
            form_key=effect_id(request) or uuid7(),
            accepted_from=address_of(request),
            success_url=given.get("return_url") or f"{own}back/",
            cancel_url=given.get("return_url") or own,
            by=member_of(request),
            now=now,
        )
        drafted = made.commitment.state == Commitment.State.DRAFT
        url = committing.open_card_page(made.commitment_id, now=now) if drafted else None
        body = {"pledge": made, **payment_page(made.commitment, url)}
        return Response(MadePledgeSerializer(body).data, status=201)


class PledgeList(ListAPIView[Pledge]):
    """One's own support, newest first."""

    permission_classes = (IsAuthenticated,)
    serializer_class = PledgeSerializer

    def get_queryset(self) -> Any:
        return _own(self.request)


class PledgeDetail(APIView):
    """One's own support of one campaign."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=PledgeSerializer)
    def get(self, request: Request, pledge_id: UUID) -> Response:
        return Response(PledgeSerializer(get_object_or_404(_own(request), pk=pledge_id)).data)

    @extend_schema(request=ChangeSerializer, responses=PledgeSerializer)
    def patch(self, request: Request, pledge_id: UUID) -> Response:
        """Other rewards or another amount, until the deadline; refused with the words of the mandate until it is accepted."""
        pledge = get_object_or_404(_own(request), pk=pledge_id)
        given = _validated(ChangeSerializer, request)
        choices, amount = _choices(pledge.campaign, given["lines"]), _amount(pledge.campaign, given)
        if not given["accepts_mandate"]:
            now, kept = database_now(), {line.tier_id: line.quantity for line in pledge.lines.all()}
            lines = choosing.lines_for(pledge.campaign, choices, country=given["country"], now=now, kept=kept)
            amount = choosing.promised(pledge.campaign, lines, amount)
            text = pledging.mandate(pledge.campaign, pledge.commitment.fund, amount, lines, given["country"])
            raise ValidationError(text, code="mandate_not_accepted")
        pledging.change(
            pledge,
            choices=choices,
            country=given["country"],
            amount=amount,
            accepted_from=address_of(request),
            by=member_of(request),
            now=database_now(),
        )
        return Response(PledgeSerializer(get_object_or_404(_own(request), pk=pledge_id)).data)


class PledgeWithdrawal(APIView):
    """Leave a campaign, until its deadline."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=PledgeSerializer)
    @idempotent
    def post(self, request: Request, pledge_id: UUID) -> Response:
        pledge = get_object_or_404(_own(request), pk=pledge_id)
        pledging.withdraw(pledge, by=member_of(request), now=database_now())
        return Response(PledgeSerializer(get_object_or_404(_own(request), pk=pledge_id)).data)


def _wanted(request: Request) -> Wanted:
    """What the address asks for. Raises ValidationError: `filter_unknown`, `near_malformed`, `cursor_malformed`."""
    asked = request.query_params
    known = {"state": Stands.values, "process": list(PROCESSES), "sort": Order.values}
    for name, values in known.items():
        if asked.get(name) and asked[name] not in values:
            raise ValidationError(
                _("%(name)s is one of: %(values)s."),
                code="filter_unknown",
                params={"name": name, "values": ", ".join(values)},
            )
    near, km = None, "1"
    if asked.get("near"):
        place, _comma, km = asked["near"].rpartition(",")
        near = coordinates(place)
        if near is None or re.fullmatch(r"[1-9]\d{0,3}", km, re.ASCII) is None or int(km) > MOST_KM:
            raise ValidationError(_("near is latitude,longitude,kilometres."), code="near_malformed")
    after = after_from(asked["after"]) if asked.get("after") else None
    if asked.get("after") and after is None:
        raise ValidationError(_("This page was never given out."), code="cursor_malformed")
    return Wanted(
        text=asked.get("q", "")[:120],
        state=asked.get("state", ""),
        process=asked.get("process", ""),
        near=near,
        km=int(km),
        order=asked.get("sort", ""),
        after=after,
    )


def _validated(serializer: type[Any], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    valid: dict[str, Any] = given.validated_data
    return valid


def _launched(slug: str) -> Campaign:
    campaigns = Campaign.objects.public().select_related("fund__receiver", "facility__organisation")
    return get_object_or_404(campaigns.prefetch_related("tiers__rates", "budget"), slug=slug)


def _choices(campaign: Campaign, lines: list[dict[str, Any]]) -> list[Choice]:
    tiers = {tier.pk: tier for tier in campaign.tiers.all()}
    if not {line["tier"] for line in lines} <= set(tiers):
        raise ValidationError(_("This reward is another campaign's."), code="tier_of_another_campaign")
    return [Choice(tiers[line["tier"]], line["quantity"]) for line in lines]


def _amount(campaign: Campaign, given: dict[str, Any]) -> Money | None:
    minor = given.get("amount_minor")
    return None if minor is None else Money(minor, campaign.currency)


def _own(request: Request) -> Any:
    pledges = Pledge.objects.of_member(member_of(request)).with_lines()
    return pledges.select_related("campaign__facility__organisation", "commitment__fund")


def _pledge_url(request: HttpRequest) -> str:
    nowhere = "00000000-0000-0000-0000-000000000000"
    own = request.build_absolute_uri(reverse("campaigns:pledge", args=[nowhere]))
    return own.replace(nowhere, "{pledge}")
