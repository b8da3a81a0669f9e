"""The REST API of workshops."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from facilities.models import Facility
from facilities.serializers import FacilityDetailSerializer, FacilitySerializer
from facilities.views import facility_context


class FacilityList(ListAPIView[Facility]):
    """Every workshop."""

    queryset = Facility.objects.select_related("organisation")
    serializer_class = FacilitySerializer


class FacilityDetail(APIView):
    """One workshop with machines, rates and materials."""

    @extend_schema(responses=FacilityDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        facility = get_object_or_404(Facility.objects.select_related("organisation"), slug=slug)
        return Response(FacilityDetailSerializer(facility_context(facility)).data)
