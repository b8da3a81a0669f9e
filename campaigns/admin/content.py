"""Questions and answers of a campaign, written in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns import answering
from campaigns.models import Faq
from members.administering import ScopedAdmin, Verb


@admin.register(Faq)
class FaqAdmin(ScopedAdmin):
    organisation_path = "campaign__facility__organisation"
    list_display = ("question", "campaign", "position")
    list_select_related = ("campaign",)
    fields = ("campaign", "question", "answer", "position")
    verbs = {  # noqa: RUF012
        "discard": Verb(
            _("Delete"),
            _("The question and its answer go from the campaign's page."),
            lambda row, by, why: answering.discard_answer(row),
            ends_row=True,
        ),
    }

    def save_model(self, request: HttpRequest, obj: Faq, form: Any, change: bool) -> None:
        answering.save_answer(obj)
