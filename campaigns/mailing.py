"""What members are told about campaigns that they support, follow, or wrote to; funding tells them about their money.

What somebody wrote below a campaign stands in no mail: it may be hidden before the mail is read.
"""

from __future__ import annotations

from campaigns.models import Campaign, Comment, Following, Update
from members.mailing import send
from members.models import MailKind, Member, Membership

Role = Membership.Role


def news(member: Member, update: Update, excerpt: str) -> bool:
    """There is news, and how it begins."""
    context = {"update": update, "campaign": update.campaign, "excerpt": excerpt, "path": update.get_absolute_url()}
    return send(member, "campaigns/mail/news", context, kind=MailKind.NEWS)


def launched(following: Following) -> bool:
    """What they waited for can be supported now."""
    campaign = following.campaign
    assert campaign.fund is not None  # noqa: S101  (it is launched)
    minimum = campaign.fund.money(campaign.fund.minimum_minor)
    context = {"campaign": campaign, "fund": campaign.fund, "minimum": minimum, "path": campaign.get_absolute_url()}
    return send(following.member, "campaigns/mail/launched", context, kind=MailKind.REMINDERS)


def ends_soon(following: Following) -> bool:
    """It ends within two days."""
    campaign = following.campaign
    context = {"campaign": campaign, "fund": campaign.fund, "path": campaign.get_absolute_url()}
    return send(following.member, "campaigns/mail/ends_soon", context, kind=MailKind.REMINDERS)


def answered(comment: Comment, reply: Comment) -> bool:
    """Somebody replied to what they wrote; nobody is told of their own reply."""
    if comment.member_id == reply.member_id:
        return False
    return _about("answered", comment.member, reply, question=comment.kind == Comment.Kind.QUESTION)


def asked(question: Comment, campaign: Campaign) -> None:
    """A question waits for those who manage the campaign."""
    managing = Membership.objects.filter(
        organisation=campaign.facility.organisation_id, role__in=(Role.OWNER, Role.PRODUCER)
    ).values("member")
    for member in Member.objects.filter(pk__in=managing).exclude(pk=question.member_id).order_by("pk"):
        _about("asked", member, question)


def hidden(comment: Comment) -> bool:
    """What they wrote is hidden, and why."""
    return _about("hidden", comment.member, comment)


def restored(comment: Comment) -> bool:
    """What they wrote can be read again."""
    return _about("restored", comment.member, comment)


def _about(template: str, member: Member, comment: Comment, **more: object) -> bool:
    context = {"comment": comment, "campaign": comment.campaign, "path": comment.get_absolute_url(), **more}
    return send(member, f"campaigns/mail/{template}", context, kind=MailKind.COMMENTS)
