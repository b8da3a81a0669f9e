"""How funds and commitments read in the API. Amounts are whole minor units of the currency beside them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from funding.models import Commitment, Fund
from members.requests import allowed_return


class ProgressSerializer(serializers.Serializer[Any]):
    """A fund as everybody sees it (funding.progress.Progress)."""

    state = serializers.ChoiceField(choices=Fund.State.choices, source="fund.state")
    currency = serializers.CharField(source="fund.currency")
    minimum_minor = serializers.IntegerField(source="fund.minimum_minor")
    goal_minor = serializers.IntegerField(source="fund.goal_minor")
    promised_minor = serializers.IntegerField(source="standing.secured_minor")
    promises = serializers.IntegerField(
        source="standing.promises", help_text="Promises, not people: one member may promise more than once."
    )
    arrived_minor = serializers.IntegerField(source="standing.collected_minor")
    payments = serializers.IntegerField(source="standing.payments")
    deadline_at = serializers.DateTimeField(source="fund.deadline_at")
    window_ends_at = serializers.DateTimeField(source="fund.window_ends_at", allow_null=True)
    decided_at = serializers.DateTimeField(source="fund.decided_at", allow_null=True)


class CommitmentSerializer(serializers.ModelSerializer[Commitment]):
    """One's own promise: what at most, what was charged, and how it stands."""

    state_text = serializers.CharField()

    class Meta:
        model = Commitment
        fields = ("state", "state_text", "maximum_minor", "amount_minor", "currency", "secured_at")
        read_only_fields = fields


class LineSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    amount_minor = serializers.IntegerField(source="amount.minor")
    payments = serializers.IntegerField(source="count")


class PromiseSerializer(serializers.Serializer[Any]):
    ended_as = serializers.CharField(source="label")
    number = serializers.IntegerField()
    promised_minor = serializers.IntegerField(source="amount.minor", help_text="The most that could be charged.")
    charged_minor = serializers.IntegerField(source="charged.minor")


class StatementSerializer(serializers.Serializer[Any]):
    """A public account (funding.statement.FundStatement): the lines and what is left add up to zero."""

    state = serializers.CharField(source="fund.state")
    currency = serializers.CharField(source="fund.currency")
    lines = LineSerializer(many=True)
    left_minor = serializers.IntegerField(source="left.minor")
    promises = PromiseSerializer(many=True)


class ReturnUrlSerializer(serializers.Serializer[Any]):
    """Where the card page sends people afterwards; without it, to their page on this site."""

    return_url = serializers.URLField(required=False, max_length=500)

    def validate_return_url(self, url: str) -> str:
        """Refuses an origin that the installation does not name, so that nobody is led astray by our link."""
        if not allowed_return(url):
            raise serializers.ValidationError(
                _("The card page may not send people there; RETURN_URL_ORIGINS names where it may."),
                code="return_url_not_allowed",
            )
        return url


class PaymentPageSerializer(serializers.Serializer[Any]):
    """The hosted page on which the card is saved, null once it is; `mandate` is what its payer reads and agrees to there."""

    mandate = serializers.CharField()

    payment_url = serializers.URLField(allow_null=True)
    payment_url_expires_at = serializers.DateTimeField(allow_null=True)


def payment_page(commitment: Commitment, url: str | None) -> dict[str, Any]:
    """The fields of PaymentPageSerializer."""
    mandate = commitment.consents.latest("given_at").text
    return {
        "mandate": mandate,
        "payment_url": url,
        "payment_url_expires_at": commitment.draft_expires_at if url else None,
    }
