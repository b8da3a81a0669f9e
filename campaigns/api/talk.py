"""The REST API of what is told and said about campaigns: news, comments, following."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns import access, following
from campaigns.models import Campaign, Comment, Following, Update
from members.clock import database_now
from members.requests import member_of


class UpdateSerializer(serializers.ModelSerializer[Update]):
    """News; of what is for supporters only, title and text are null for whoever may not read it."""

    title = serializers.SerializerMethodField()
    text_html = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url")

    class Meta:
        model = Update
        fields = ("id", "title", "audience", "published_at", "text_html", "url")

    def get_title(self, update: Update) -> str | None:
        return update.title if self._reads(update) else None

    def get_text_html(self, update: Update) -> str | None:
        return update.text_html if self._reads(update) else None

    def _reads(self, update: Update) -> bool:
        return not update.is_for_backers or bool(self.context["reads_all"])


class CommentSerializer(serializers.ModelSerializer[Comment]):
    author = serializers.CharField(source="member.public_name")
    text = serializers.CharField(source="shown_text")
    url = serializers.CharField(source="get_absolute_url")

    class Meta:
        model = Comment
        fields = (
            *("id", "parent", "kind", "author", "is_from_producer", "text", "written_at", "edited_at"),
            *("answered_at", "url"),
        )


class FollowingSerializer(serializers.ModelSerializer[Following]):
    """What one is told about a campaign; with PUT, what one wants to be told. What is left out stays as it is."""

    class Meta:
        model = Following
        fields = ("news", "launch", "end")


class CampaignUpdates(ListAPIView[Update]):
    """What a campaign told, newest first."""

    serializer_class = UpdateSerializer

    def get_queryset(self) -> QuerySet[Update]:
        if getattr(self, "swagger_fake_view", False):
            return Update.objects.none()
        self.campaign = _public(self.kwargs["slug"])
        published = Update.objects.filter(campaign=self.campaign, state=Update.State.PUBLISHED)
        return published.select_related("campaign")

    def get_serializer_context(self) -> dict[str, Any]:
        campaign = getattr(self, "campaign", None)
        reads_all = campaign is not None and access.reads_for_backers(self.request.user, campaign)
        return {**super().get_serializer_context(), "reads_all": reads_all}


class CampaignComments(ListAPIView[Comment]):
    """What members say and ask below a campaign, newest first, replies among them; nothing of what is hidden."""

    serializer_class = CommentSerializer

    def get_queryset(self) -> QuerySet[Comment]:
        if getattr(self, "swagger_fake_view", False):
            return Comment.objects.none()
        comments = Comment.objects.visible().filter(campaign=_public(self.kwargs["slug"]))
        return comments.select_related("member", "campaign")


class CampaignFollowing(APIView):
    """What one is told about a campaign."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=FollowingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return _standing(request, _readable(request, slug))

    @extend_schema(request=FollowingSerializer, responses=FollowingSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Ask for news (with the reminder before the end), for the launch, or for the reminder alone."""
        campaign, given = _readable(request, slug), FollowingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        member, now = member_of(request), database_now()
        verbs = {
            "news": following.follow,
            "launch": following.remind_at_launch,
            "end": following.remind_before_end,
        }
        for name, verb in verbs.items():
            if given.validated_data.get(name):
                verb(campaign, by=member, now=now)
        return _standing(request, campaign)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Hear nothing more of it."""
        following.unfollow(_readable(request, slug), by=member_of(request))
        return Response(status=204)


def _public(slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.public().select_related("facility"), slug=slug)


def _readable(request: Request, slug: str) -> Campaign:
    """The campaign, for whoever may see it: a draft for those who act for its workshop."""
    campaign = get_object_or_404(Campaign.objects.select_related("fund", "facility"), slug=slug)
    if campaign.fund is None and not access.may_see_draft(request.user, campaign):
        raise Http404
    return campaign


def _standing(request: Request, campaign: Campaign) -> Response:
    found = Following.objects.filter(campaign=campaign, member=member_of(request)).first()
    return Response(FollowingSerializer(found or Following()).data)
