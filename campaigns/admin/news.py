"""News of a campaign, written in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from campaigns.models import Update
from members.administering import ScopedAdmin
from members.clock import database_now
from members.markdown import render
from members.requests import member_of


@admin.register(Update)
class UpdateAdmin(ScopedAdmin):
    organisation_path = "campaign__facility__organisation"
    list_display = ("title", "campaign", "published_at")
    fields = ("campaign", "title", "text")

    def save_model(self, request: HttpRequest, obj: Update, form: Any, change: bool) -> None:
        obj.text_html = render(obj.text)
        if not change:
            obj.author, obj.published_at = member_of(request), database_now()
        obj.save()
