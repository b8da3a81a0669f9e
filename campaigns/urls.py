"""Addresses of campaigns."""

from django.urls import path

from campaigns.views import pages, supporting, withdrawal

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", pages.campaign_list, name="list"),
    path("campaigns/<slug:slug>/", pages.campaign_page, name="campaign"),
    path("campaigns/<slug:slug>/support/", supporting.support, name="support"),
    path("campaigns/<slug:slug>/accounts/", pages.campaign_statement, name="statement"),
    path("me/support/<uuid:pledge_id>/", supporting.pledge_page, name="pledge"),
    path("me/support/<uuid:pledge_id>/gift/", supporting.gift_card, name="gift"),
    path("me/support/<uuid:pledge_id>/contract/", withdrawal.contract, name="contract"),
    path("me/support/<uuid:pledge_id>/back/", supporting.back, name="back"),
    path("me/support/<uuid:pledge_id>/continue/", supporting.continue_card, name="continue"),
    path("me/support/<uuid:pledge_id>/change/", supporting.change, name="change"),
    path("me/support/<uuid:pledge_id>/withdraw/", supporting.withdraw, name="withdraw"),
]
