"""How campaigns and pledges read in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from campaigns.choosing import MOST_OF_ONE
from campaigns.models import BudgetLine, Campaign, Faq, Picture, Pledge, PledgeLine, ShippingRate, StretchGoal, Tier
from funding.serializers import CommitmentSerializer, PaymentPageSerializer, ProgressSerializer, ReturnUrlSerializer


class RateSerializer(serializers.ModelSerializer[ShippingRate]):
    class Meta:
        model = ShippingRate
        fields = ("countries", "first_minor", "more_minor")


class TierSerializer(serializers.ModelSerializer[Tier]):
    left = serializers.IntegerField(allow_null=True, help_text="Null: there is no limit.")

    rates = RateSerializer(many=True, help_text="What it costs to send it; empty when it is not sent.")

    class Meta:
        model = Tier
        fields = (
            *("id", "title", "text", "amount_minor", "cap", "left", "available_until_at"),
            *("gives", "revision", "units", "hours"),
            *("handing", "rates", "estimated_on", "withdrawal_days"),
        )


class BudgetLineSerializer(serializers.ModelSerializer[BudgetLine]):
    class Meta:
        model = BudgetLine
        fields = ("kind", "label", "amount_minor", "is_required", "machine")


class StretchGoalSerializer(serializers.ModelSerializer[StretchGoal]):
    class Meta:
        model = StretchGoal
        fields = ("amount_minor", "title", "unlocks")


class PictureSerializer(serializers.ModelSerializer[Picture]):
    class Meta:
        model = Picture
        fields = ("large", "small", "width", "height", "alt", "is_cover")


class FaqSerializer(serializers.ModelSerializer[Faq]):
    class Meta:
        model = Faq
        fields = ("question", "answer_html")


class CampaignSerializer(serializers.Serializer[Any]):
    """One campaign in a list (campaigns.showing.Shown)."""

    slug = serializers.SlugField(source="campaign.slug")
    title = serializers.CharField(source="campaign.title")
    summary = serializers.CharField(source="campaign.summary")
    workshop = serializers.SlugField(source="campaign.facility.slug")
    locality = serializers.CharField(source="campaign.facility.locality")
    metres = serializers.IntegerField(
        source="campaign.metres",
        default=None,
        allow_null=True,
        help_text="How far it is from `near`; null without one.",
    )
    url = serializers.CharField(source="campaign.get_absolute_url")
    progress = ProgressSerializer()


class CampaignDetailSerializer(CampaignSerializer):
    story_html = serializers.CharField(source="campaign.story_html")
    team_html = serializers.CharField(source="campaign.team_html")
    risks_html = serializers.CharField(source="campaign.risks_html")
    video_url = serializers.CharField(source="campaign.video_url")
    pictures = PictureSerializer(many=True, source="campaign.pictures.all")
    faq = FaqSerializer(many=True, source="campaign.faq.all")
    stretch_goals = StretchGoalSerializer(many=True, source="campaign.stretch_goals.all")
    tiers = TierSerializer(many=True, source="campaign.tiers.all")
    budget = BudgetLineSerializer(many=True, source="campaign.budget.all")


class PledgeLineSerializer(serializers.ModelSerializer[PledgeLine]):
    class Meta:
        model = PledgeLine
        fields = ("tier", "quantity", "unit_minor", "shipping_minor")


class PledgeSerializer(serializers.ModelSerializer[Pledge]):
    campaign = serializers.SlugRelatedField[Campaign](slug_field="slug", read_only=True)
    lines = PledgeLineSerializer(many=True)
    commitment = CommitmentSerializer()

    class Meta:
        model = Pledge
        fields = ("id", "campaign", "lines", "country", "is_anonymous", "created_at", "commitment")


class LineSerializer(serializers.Serializer[Any]):
    tier = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_OF_ONE, default=1)


class ChoiceSerializer(serializers.Serializer[Any]):
    """Which rewards (or none) and how much, in minor units of the campaign's currency."""

    lines = LineSerializer(many=True, default=list)
    country = serializers.CharField(
        max_length=2, default="", allow_blank=True, help_text="Where what is sent by post goes, by two ISO letters."
    )
    amount_minor = serializers.IntegerField(
        min_value=1,
        max_value=99_999_999,
        required=False,
        allow_null=True,
        help_text="The whole. Null or left out: what the rewards cost with their delivery.",
    )


class ChangeSerializer(ChoiceSerializer):
    accepts_mandate = serializers.BooleanField(
        default=False,
        help_text="True once the payer has read what they agree to: the detail of the refusal that comes without it.",
    )


class NewPledgeSerializer(ReturnUrlSerializer, ChoiceSerializer):
    is_anonymous = serializers.BooleanField(default=False)


class MadePledgeSerializer(PaymentPageSerializer):
    pledge = PledgeSerializer()
