"""Addresses of campaigns."""

from django.urls import path, re_path

from campaigns.views import (
    discover,
    feeds,
    following,
    moderating,
    news,
    pages,
    sharing,
    supporting,
    talking,
    withdrawal,
)

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", discover.discover, name="list"),
    path("campaigns/<slug:slug>/", pages.campaign_page, name="campaign"),
    path("campaigns/<slug:slug>/support/", supporting.support, name="support"),
    path("campaigns/<slug:slug>/accounts/", pages.campaign_statement, name="statement"),
    path("campaigns/<slug:slug>/follow/", following.follow, name="follow"),
    path("campaigns/<slug:slug>/news/", news.news, name="news"),
    path("campaigns/<slug:slug>/news/<uuid:update_id>/", news.update_page, name="update"),
    path("campaigns/<slug:slug>/talk/", talking.talk, name="talk"),
    path("campaigns/<slug:slug>/talk/<uuid:comment_id>/", talking.thread, name="thread"),
    path("campaigns/<slug:slug>/talk/<uuid:comment_id>/edit/", talking.edit, name="edit-comment"),
    path("campaigns/<slug:slug>/talk/<uuid:comment_id>/delete/", talking.delete, name="delete-comment"),
    path("campaigns/<slug:slug>/talk/<uuid:comment_id>/report/", moderating.report, name="report-comment"),
    path("campaigns/<slug:slug>/talk/<uuid:comment_id>/hide/", moderating.hide, name="hide-comment"),
    path("campaigns/<slug:slug>/talk/<uuid:comment_id>/restore/", moderating.restore, name="restore-comment"),
    path("campaigns.atom", feeds.Campaigns(), name="feed"),
    path("campaigns/<slug:slug>/news.atom", feeds.News(), name="news-feed"),
    path("campaigns/<slug:slug>/picture.png", sharing.picture, name="picture"),
    path("campaigns/<slug:slug>/widget/", sharing.widget, name="widget"),
    path("campaigns/<slug:slug>/poster/", sharing.poster, name="poster"),
    re_path(r"^campaigns/(?P<slug>[-a-zA-Z0-9_]+)/code\.(?P<kind>svg|png)$", sharing.code, name="code"),
    path("me/support/<uuid:pledge_id>/", supporting.pledge_page, name="pledge"),
    path("me/support/<uuid:pledge_id>/gift/", supporting.gift_card, name="gift"),
    path("me/support/<uuid:pledge_id>/contract/", withdrawal.contract, name="contract"),
    path("me/support/<uuid:pledge_id>/back/", supporting.back, name="back"),
    path("me/support/<uuid:pledge_id>/continue/", supporting.continue_card, name="continue"),
    path("me/support/<uuid:pledge_id>/change/", supporting.change, name="change"),
    path("me/support/<uuid:pledge_id>/withdraw/", supporting.withdraw, name="withdraw"),
]
