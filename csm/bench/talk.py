"""A campaign that many follow and talk about: its pages must cost what they cost with few, and mails go out in batches."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.test import Client
from post_office.models import Email
from uuid6 import uuid7

from campaigns import announcing, threads
from campaigns.models import Campaign, Comment, Following, Pledge, Update
from csm.bench import world
from csm.bench.measuring import Watch, line, measure, queries
from members.clock import database_now
from members.models import Member

BACKERS, FOLLOWERS, COMMENTS, REPLIES = 50_000, 5_000, 2_000, 400
BATCH = 200


def bench_talk(times: int) -> None:
    """The pages of a campaign with 50,000 backers and 2,000 comments beside those of one with 30 and one full page."""
    print(
        f"\n{BACKERS:,} backers, {FOLLOWERS:,} followers, {COMMENTS:,} comments. The floor: the same pages with 30 and 140."
    )
    few, many = world.campaign("few"), world.campaign("many")
    world.make_lively(few)
    _say(few, _people("few", 20), 140, 120)
    world.make_lively(many)
    members = _people("many", BACKERS)
    _support(many, members)
    _say(many, members, COMMENTS, REPLIES)
    now = database_now()
    Following.objects.bulk_create(
        (Following(campaign=many, member=member, news=True, end=True, since_at=now) for member in members[-FOLLOWERS:]),
        batch_size=1_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _pages(times, few, many)
    _mails(many)


def _pages(times: int, few: Campaign, many: Campaign) -> None:
    client = Client()

    def get(path: str) -> None:
        cache.clear()
        assert client.get(path).status_code == 200

    near, far = few.get_absolute_url(), many.get_absolute_url()
    for name, path, other in (
        ("the campaign's page", near, far),
        ("the talk, first page", f"{near}talk/", f"{far}talk/"),
        ("the talk, in the middle", f"{near}talk/", f"{far}talk/?before={_in_the_middle(many)}"),
        ("the API's comments", f"/api/v1{near}comments/?page_size=15", f"/api/v1{far}comments/?page_size=15"),
    ):
        costs = measure(times, few=partial(get, path), many=partial(get, other))
        line(f"{name}: few", costs["few"], f"{queries(partial(get, path))} SQL")
        ratio = f"{costs['many'].wall / costs['few'].wall:.2f} × few by the clock"
        line(f"{name}: many", costs["many"], f"{ratio}, {queries(partial(get, other))} SQL")


def _mails(many: Campaign) -> None:
    update = Update(campaign=many, title="Done", text="It **stands**. " * 40)
    announcing.write(update, by=world.STATE["producer"], now=database_now())
    announcing.publish(update, by=world.STATE["producer"], now=database_now())
    for name in ("first", "second"):
        with Watch() as watch:
            assert announcing.tell_some(update.pk, now=database_now(), limit=BATCH)
        line(f"mails about news: the {name} {BATCH}", watch.each(BATCH), "each")
    readers = sorted(Pledge.objects.filter(campaign=many).values_list("member_id", flat=True).distinct())
    # As if all but the last were told: the last batch must cost what the first did.
    Update.objects.filter(pk=update.pk).update(mailed_through=readers[-BATCH - 1])
    before = Email.objects.count()
    with Watch() as watch:
        while announcing.tell_some(update.pk, now=database_now(), limit=BATCH):
            pass
    written = Email.objects.count() - before
    line(f"mails about news: the last {written}", watch.each(written), "each")


def _in_the_middle(campaign: Campaign) -> UUID:
    """The key before which the 50th page of threads begins."""
    return Comment.objects.filter(campaign=campaign, parent=None).order_by("-pk")[threads.THREADS * 40].pk


def _people(name: str, number: int) -> list[Member]:
    mark = world.STATE["mark"]
    return Member.objects.bulk_create(
        (Member(email=f"{mark}-{name}-{place}@example.org", display_name=f"Member {place}") for place in range(number)),
        batch_size=1_000,
    )


def _support(campaign: Campaign, members: list[Member]) -> None:
    promises, now = world.add_secured(campaign, len(members)), database_now()
    Pledge.objects.bulk_create(
        (
            Pledge(campaign=campaign, member=member, commitment=promise, form_key=uuid7(), created_at=now)
            for member, promise in zip(members, promises, strict=True)
        ),
        batch_size=1_000,
    )


def _say(campaign: Campaign, members: list[Member], number: int, replies: int) -> None:
    """Threads, the newest of which have replies."""
    now, text = database_now(), "A sentence about the workshop that somebody wrote. " * 4

    def said(place: int, parent: Comment | None = None) -> Comment:
        member = members[place % len(members)]
        return Comment(campaign=campaign, member=member, parent=parent, text=text, form_key=uuid7(), written_at=now)

    roots = Comment.objects.bulk_create([said(place) for place in range(number - replies)])
    Comment.objects.bulk_create([said(place, roots[-1 - place % 20]) for place in range(replies)])
