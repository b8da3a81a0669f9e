"""What members say and ask on a campaign's pages, and what others report."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.campaign import Campaign

LONGEST_TEXT = 2_000


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible(self) -> CommentQuerySet:
        return self.filter(state=Comment.State.VISIBLE)

    def unanswered(self) -> CommentQuerySet:
        """Questions that wait for the producers."""
        return self.visible().filter(kind=Comment.Kind.QUESTION, answered_at=None)


class Comment(models.Model):
    """A comment or a question of a member, or with a `parent` a reply to one."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("comment")
        QUESTION = "question", _("question")

    class State(models.TextChoices):
        VISIBLE = "visible", _("visible")
        HIDDEN = "hidden", _("hidden")
        DELETED = "deleted", _("deleted by its author")

    MOVES: ClassVar = {
        State.VISIBLE: (State.HIDDEN, State.DELETED),
        State.HIDDEN: (State.VISIBLE, State.DELETED),
        State.DELETED: (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", verbose_name=_("campaign"))
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("reply to")
    )
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.COMMENT)
    text = models.TextField(_("text"), max_length=LONGEST_TEXT)
    # Whether its author acted for the workshop when they wrote it.
    is_from_producer = models.BooleanField(_("by the workshop"), default=False)
    # From the form: a double click, or the same form in two tabs, makes one comment.
    form_key = models.UUIDField()
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.VISIBLE)
    hidden_because = models.CharField(_("why it is hidden"), max_length=200, blank=True)
    written_at = models.DateTimeField(_("written"))
    edited_at = models.DateTimeField(_("changed"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments and questions")
        permissions: ClassVar = [("moderate_comments", "Hide and restore what members write, on every campaign")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "form_key"], name="comment_form_once"),
            models.CheckConstraint(
                name="comment_hidden_has_reason",
                condition=models.Q(state="hidden") ^ models.Q(hidden_because=""),
            ),
            models.CheckConstraint(
                name="comment_deleted_is_gone", condition=~models.Q(state="deleted") | models.Q(text="")
            ),
            models.CheckConstraint(
                name="comment_reply_asks_nothing",
                condition=models.Q(parent=None) | models.Q(kind="comment", answered_at=None),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "-id"], name="comment_thread", condition=models.Q(parent=None)),
            models.Index(fields=["parent", "id"], name="comment_reply", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["member", "-written_at"], name="comment_member"),
            models.Index(
                fields=["campaign"],
                name="comment_unanswered",
                condition=models.Q(kind="question", answered_at=None, state="visible"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.campaign}"

    def get_absolute_url(self) -> str:
        """Its thread, at the place where it stands."""
        thread = reverse("campaigns:thread", args=[self.campaign.slug, self.parent_id or self.pk])
        return f"{thread}#c-{self.pk}"

    @property
    def shown_text(self) -> str:
        """What anybody may read of it: nothing of what is hidden, for its author neither."""
        return self.text if self.state == self.State.VISIBLE else ""


class Report(models.Model):
    """One member's report of a comment; it is open until somebody hides the comment or finds nothing wrong with it."""

    class Reason(models.TextChoices):
        SPAM = "spam", _("advertising")
        ABUSE = "abuse", _("insulting or threatening")
        PRIVATE = "private", _("tells something private about somebody")
        UNLAWFUL = "unlawful", _("against the law")
        OTHER = "other", _("something else")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        UPHELD = "upheld", _("acted on")
        DISMISSED = "dismissed", _("nothing wrong found")

    MOVES: ClassVar = {State.OPEN: (State.UPHELD, State.DISMISSED), State.UPHELD: (), State.DISMISSED: ()}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="reports", verbose_name=_("comment"))
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
    reason = models.CharField(_("why"), max_length=10, choices=Reason.choices)
    words = models.CharField(_("in their words"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    reported_at = models.DateTimeField(_("reported"))

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comment", "member"], name="report_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["comment"], name="report_open", condition=models.Q(state="open")),
            models.Index(fields=["member", "-reported_at"], name="report_member"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}"
