"""Addresses of campaigns."""

from django.urls import path

from campaigns.views import budgeting, drafting, organising, pages, picturing, supporting

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", pages.campaign_list, name="list"),
    path("campaigns/<slug:slug>/", pages.campaign_page, name="campaign"),
    path("campaigns/<slug:slug>/support/", supporting.support, name="support"),
    path("campaigns/<slug:slug>/accounts/", pages.campaign_statement, name="statement"),
    path("campaigns/<slug:slug>/budget/", budgeting.budget, name="budget"),
    path("campaigns/<slug:slug>/pictures/", picturing.pictures, name="pictures"),
    path("campaigns/<slug:slug>/organise/", organising.organise, name="organise"),
    path("campaigns/<slug:slug>/preview/<str:key>/", drafting.preview, name="preview"),
    path("campaigns/<slug:slug>/draft/<slug:step>/", drafting.draft_step, name="draft"),
    path("me/support/<uuid:pledge_id>/", supporting.pledge_page, name="pledge"),
    path("me/support/<uuid:pledge_id>/back/", supporting.back, name="back"),
    path("me/support/<uuid:pledge_id>/continue/", supporting.continue_card, name="continue"),
    path("me/support/<uuid:pledge_id>/change/", supporting.change, name="change"),
    path("me/support/<uuid:pledge_id>/withdraw/", supporting.withdraw, name="withdraw"),
]
