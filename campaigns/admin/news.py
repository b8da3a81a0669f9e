"""News of a campaign, written in the admin as drafts and published."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from campaigns import announcing
from campaigns.models import Update
from members.administering import ScopedAdmin, Verb
from members.clock import database_now
from members.models import Member
from members.requests import member_of


def _publish(update: Update, by: Member, why: str) -> None:
    announcing.publish(update, by=by, now=database_now())


def _discard(update: Update, by: Member, why: str) -> None:
    announcing.discard(update, by=by, now=database_now())


def _what_publishing_does(update: Update) -> str:
    supporters, followers = announcing.readers_of(update.campaign)
    if update.is_for_backers:
        return _text(
            "Those who support “%(title)s” can read it, and get a mail if they want news: %(supporters)d at most. "
            "Who may read it stays as it is from then on."
        ) % {"title": update.campaign, "supporters": supporters}
    return _text(
        "Everybody can read it. Those who support or follow “%(title)s” get a mail if they want news: supporters "
        "%(supporters)d, followers %(followers)d at most. Who may read it stays as it is from then on."
    ) % {"title": update.campaign, "supporters": supporters, "followers": followers}


def _is_draft(update: Update) -> bool:
    return update.state == Update.State.DRAFT


@admin.register(Update)
class UpdateAdmin(ScopedAdmin):
    organisation_path = "campaign__facility__organisation"
    list_display = ("title", "campaign", "audience", "state", "published_at")
    list_select_related = ("campaign",)
    list_filter = ("state", "audience")
    search_fields = ("title",)
    fields = ("campaign", "audience", "title", "text")
    verbs = {  # noqa: RUF012
        "publish": Verb(_("Publish"), _what_publishing_does, _publish, offered=_is_draft),
        "discard": Verb(
            _("Delete the draft"),
            _("Nobody has read it. This cannot be undone."),
            _discard,
            offered=_is_draft,
            ends_row=True,
        ),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Mails have gone out: what is published is mended, not turned into something else."""
        return () if obj is None or _is_draft(obj) else ("campaign", "audience")

    def save_model(self, request: HttpRequest, obj: Update, form: Any, change: bool) -> None:
        announcing.write(obj, by=member_of(request), now=database_now())
