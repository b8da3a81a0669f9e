"""How designs, versions and costs read in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from facilities.models import Facility
from products.models import BomLine, BuildStep, Design, Operation, Revision, RevisionFile


class DesignSerializer(serializers.ModelSerializer[Design]):
    version = serializers.CharField(source="newest_number")
    licence = serializers.CharField(source="newest_licence")
    released_at = serializers.DateTimeField(source="newest_released_at")
    url = serializers.CharField(source="get_absolute_url")

    class Meta:
        model = Design
        fields = ("slug", "name", "summary", "state", "version", "licence", "released_at", "url")


class BomLineSerializer(serializers.ModelSerializer[BomLine]):
    kind = serializers.SlugField(source="kind.slug")
    unit = serializers.CharField(source="kind.unit")

    class Meta:
        model = BomLine
        fields = ("kind", "unit", "purpose", "quantity", "attrition", "setup_quantity")


class OperationSerializer(serializers.ModelSerializer[Operation]):
    class Meta:
        model = Operation
        fields = (
            *("process", "title", "setup_minutes", "cycle_minutes", "attendance_minutes"),
            *("pieces_per_cycle", "yield_fraction"),
        )


class StepSerializer(serializers.ModelSerializer[BuildStep]):
    class Meta:
        model = BuildStep
        fields = ("title", "text", "text_html")


class FileSerializer(serializers.ModelSerializer[RevisionFile]):
    class Meta:
        model = RevisionFile
        fields = ("id", "name", "size_bytes", "sha256")


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """One released version with everything that it takes to make it."""

    design = serializers.SlugField(source="design.slug")
    name = serializers.CharField(source="design.name")
    summary = serializers.CharField(source="design.summary")
    bom = BomLineSerializer(many=True, source="bom_lines")
    routing = OperationSerializer(many=True, source="operations")
    steps = StepSerializer(many=True)
    files = FileSerializer(many=True)

    class Meta:
        model = Revision
        fields = (
            *("id", "design", "name", "summary", "number", "licence", "changelog", "released_at"),
            *("bom", "routing", "steps", "files"),
        )


class CostQuerySerializer(serializers.Serializer[Any]):
    """How many pieces in the batch, made at which workshop."""

    workshop = serializers.SlugRelatedField[Facility](slug_field="slug", queryset=Facility.objects.all())
    pieces = serializers.IntegerField(min_value=1, max_value=500, default=1)


class CostLineSerializer(serializers.Serializer[Any]):
    """`quantity` × `rate_minor` ÷ `rate_per`, rounded up, is `amount_minor`; `sources` name the rows it comes from."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    quantity = serializers.DecimalField(max_digits=20, decimal_places=4)
    unit = serializers.CharField()
    rate_minor = serializers.IntegerField()
    rate_per = serializers.DecimalField(max_digits=20, decimal_places=4)
    amount_minor = serializers.IntegerField()
    sources = serializers.ListField(child=serializers.CharField())


class CostSheetSerializer(serializers.Serializer[Any]):
    """What a batch costs (products.costing.CostSheet)."""

    currency = serializers.CharField()
    quantity = serializers.IntegerField()
    begun = serializers.IntegerField()
    total_minor = serializers.IntegerField()
    unit_minor = serializers.IntegerField()
    lines = CostLineSerializer(many=True)
