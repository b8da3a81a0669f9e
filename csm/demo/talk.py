"""What is told, asked and said about the long campaign of the demonstration."""

from __future__ import annotations

from uuid6 import uuid7

from campaigns import announcing, following, moderating, talking
from campaigns.models import Campaign, Comment, Update
from members.clock import database_now
from members.models import Member

_HALL = """
The harbour office signed: from February the **old net store** is ours, 140 m² with a gate wide enough for a pallet.

- three-phase power is there, and was tested this week
- the floor carries the machine without a foundation of its own
- the heating is not nice, but it works

Come and look: Saturday, 10 to 14 h.
"""
_QUOTES = """
Three makers have sent their prices. The cheapest is **not** the one we want: its spindle cannot be repaired here.
We ask you, who pay for it: is a used machine with a service contract fine with you? Answer below the campaign.
"""


def about_the_router(campaign: Campaign, producer: Member, backers: list[Member]) -> None:
    """Two pieces of news and a draft, followers, questions with and without an answer, a report, a hidden comment."""
    for title, text, audience in (
        ("We have a hall", _HALL, Update.Audience.PUBLIC),
        ("Three makers, and a question to you", _QUOTES, Update.Audience.BACKERS),
    ):
        announcing.publish(_written(campaign, producer, title, text, audience), by=producer, now=database_now())
    _written(campaign, producer, "Who trains with us", "*To be written.*", Update.Audience.PUBLIC)
    for member in backers[7:11]:
        following.follow(campaign, by=member, now=database_now())
    rude = _say(campaign, backers[11], "Nobody needs this, you are all dreamers.")
    moderating.hide(rude, why="An insult. Say what is wrong with the plan instead.", by=producer, now=database_now())
    spam = _say(campaign, backers[10], "Cheap spindles!! Write to me: https://spindles.example/")
    moderating.report(spam, reason="spam", words="The third time this week.", by=backers[2], now=database_now())
    training = _say(campaign, backers[3], "Can apprentices use it without a trainer beside them?", question=True)
    answer = "After a two-day course and three jobs together: yes.\nThe first course is in March, dates follow as news."
    _say(campaign, producer, answer, to=training)
    _say(campaign, backers[5], "Two days is fair. Our boatyard sends one.", to=training)
    _say(
        campaign, backers[1], "I sold mine last year and miss it. Its upkeep, year by year: https://example.org/upkeep"
    )
    _say(campaign, backers[6], "How loud is it in the yard? We live next door.", question=True)


def _written(campaign: Campaign, by: Member, title: str, text: str, audience: str) -> Update:
    update = Update(campaign=campaign, title=title, text=text, audience=audience)
    announcing.write(update, by=by, now=database_now())
    return update


def _say(campaign: Campaign, by: Member, text: str, *, question: bool = False, to: Comment | None = None) -> Comment:
    return talking.write(
        campaign=campaign,
        text=text,
        kind=Comment.Kind.QUESTION if question else Comment.Kind.COMMENT,
        parent=to,
        form_key=uuid7(),
        by=by,
        now=database_now(),
    )
