"""How campaigns and pledges read in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from campaigns.models import BudgetLine, Campaign, Faq, Picture, Pledge, StretchGoal, Tier
from funding.serializers import CommitmentSerializer, PaymentPageSerializer, ProgressSerializer, ReturnUrlSerializer


class TierSerializer(serializers.ModelSerializer[Tier]):
    left = serializers.IntegerField(allow_null=True, help_text="Null: there is no limit.")

    class Meta:
        model = Tier
        fields = ("id", "title", "text", "amount_minor", "cap", "left", "revision", "units")


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


class PledgeSerializer(serializers.ModelSerializer[Pledge]):
    campaign = serializers.SlugRelatedField[Campaign](slug_field="slug", read_only=True)
    commitment = CommitmentSerializer()

    class Meta:
        model = Pledge
        fields = ("id", "campaign", "tier", "is_anonymous", "created_at", "commitment")


class ChoiceSerializer(serializers.Serializer[Any]):
    """Which reward (or none) and how much, in minor units of the campaign's currency."""

    tier = serializers.UUIDField(required=False, allow_null=True)
    amount_minor = serializers.IntegerField(min_value=1, max_value=99_999_999)


class ChangeSerializer(ChoiceSerializer):
    accepts_mandate = serializers.BooleanField(
        default=False,
        help_text="True once the payer has read what they agree to: the detail of the refusal that comes without it.",
    )


class NewPledgeSerializer(ReturnUrlSerializer, ChoiceSerializer):
    is_anonymous = serializers.BooleanField(default=False)


class MadePledgeSerializer(PaymentPageSerializer):
    pledge = PledgeSerializer()
