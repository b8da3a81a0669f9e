"""How runs, quotes and orders read in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from funding.serializers import CommitmentSerializer, PaymentPageSerializer, ProgressSerializer, StatementSerializer
from orders.models import Cost, Order, Quote, Run


class RunSerializer(serializers.Serializer[Any]):
    """One batch (orders.views.Shown)."""

    id = serializers.UUIDField(source="run.pk")
    design = serializers.SlugField(source="run.revision.design.slug")
    version = serializers.CharField(source="run.revision.number")
    workshop = serializers.SlugField(source="run.facility.slug")
    state = serializers.ChoiceField(choices=Run.State.choices, source="run.state")
    minimum_units = serializers.IntegerField(source="run.minimum_units")
    maximum_units = serializers.IntegerField(source="run.maximum_units")
    taken_units = serializers.IntegerField(source="run.taken_units")
    unit_ceiling_minor = serializers.IntegerField(source="run.ceiling_minor")
    unit_price_minor = serializers.IntegerField(source="run.unit_price_minor", allow_null=True)
    url = serializers.CharField(source="run.get_absolute_url")
    progress = ProgressSerializer()


class CostSerializer(serializers.ModelSerializer[Cost]):
    """An actual cost with its evidence; who worked stays private."""

    class Meta:
        model = Cost
        fields = ("kind", "label", "minutes", "amount_minor", "evidence", "recorded_at")


class RunStatementSerializer(serializers.Serializer[Any]):
    statement = StatementSerializer()
    costs = CostSerializer(many=True)


class UnitsSerializer(serializers.Serializer[Any]):
    units = serializers.IntegerField(min_value=1, max_value=2_000)


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """A frozen price: what it would cost now, what it can never exceed, and every line it comes from."""

    class Meta:
        model = Quote
        fields = (
            "id",
            "run",
            "units",
            "currency",
            "offered_minor",
            "ceiling_minor",
            "lines",
            "quoted_at",
            "expires_at",
        )


class OrderSerializer(serializers.ModelSerializer[Order]):
    """One's own order; offered, charged and actual are the three moments of its price."""

    offered_minor = serializers.IntegerField(source="quote.offered_minor")
    ceiling_minor = serializers.IntegerField(source="quote.ceiling_minor")
    charged_minor = serializers.IntegerField(source="commitment.amount_minor", allow_null=True)
    run_state = serializers.CharField(source="run.state")
    commitment = CommitmentSerializer()

    class Meta:
        model = Order
        fields = (
            *("id", "run", "run_state", "quote", "units", "offered_minor", "ceiling_minor", "charged_minor"),
            *("actual_minor", "created_at", "commitment"),
        )


class MadeOrderSerializer(PaymentPageSerializer):
    order = OrderSerializer()
