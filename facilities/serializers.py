"""How workshops read in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from facilities.models import Facility


class FacilitySerializer(serializers.ModelSerializer[Facility]):
    organisation = serializers.CharField(source="organisation.name")
    url = serializers.CharField(source="get_absolute_url")

    class Meta:
        model = Facility
        fields = (
            *("slug", "name", "summary", "organisation", "street", "postcode", "locality", "country"),
            *("latitude", "longitude", "time_zone", "currency", "wage_minor", "url"),
        )


class RatePartSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    per_hour_minor = serializers.IntegerField(source="amount.minor")


class MachineSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="machine.pk")
    name = serializers.CharField(source="machine.name")
    process = serializers.CharField(source="machine.process")
    state = serializers.CharField(source="machine.state")
    per_hour_minor = serializers.IntegerField(source="rate.minor")
    parts = RatePartSerializer(many=True)


class MaterialSerializer(serializers.Serializer[Any]):
    kind = serializers.SlugField(source="material.kind.slug")
    name = serializers.CharField(source="material.name")
    unit = serializers.CharField(source="material.kind.unit")
    pack_quantity = serializers.DecimalField(source="quantity", max_digits=12, decimal_places=4)
    pack_price_minor = serializers.IntegerField(source="price.minor")


class FacilityDetailSerializer(serializers.Serializer[Any]):
    """A workshop with its machines, their rates part by part, and its materials at today's price."""

    workshop = FacilitySerializer(source="facility")
    machines = MachineSerializer(many=True)
    materials = MaterialSerializer(many=True)
