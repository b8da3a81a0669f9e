"""The REST API of designs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.clock import database_now
from members.paging import NewestFirst
from products import costing
from products.models import Design
from products.pricing import recipe_for
from products.serializers import CostQuerySerializer, CostSheetSerializer, DesignSerializer, RevisionSerializer
from products.views import newest


class NewestRelease(NewestFirst):
    ordering = "-newest_released_at"


class DesignList(ListAPIView[Design]):
    """Designs that can be made, newest release first."""

    queryset = Design.objects.catalogue()
    serializer_class = DesignSerializer
    pagination_class = NewestRelease


class DesignDetail(APIView):
    """The newest released version of a design."""

    @extend_schema(responses=RevisionSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(RevisionSerializer(newest(slug)).data)


class DesignCost(APIView):
    """What a batch of the newest version costs at a workshop today, line by line."""

    @extend_schema(parameters=[CostQuerySerializer], responses=CostSheetSerializer)
    def get(self, request: Request, slug: str) -> Response:
        asked = CostQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        recipe = recipe_for(revision=newest(slug), facility=given["workshop"], day=database_now().date())
        return Response(CostSheetSerializer(costing.cost_sheet(recipe, given["pieces"])).data)
