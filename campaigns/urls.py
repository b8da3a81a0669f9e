"""Addresses of campaigns."""

from django.urls import path

from campaigns import views

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", views.campaign_list, name="list"),
    path("campaigns/<slug:slug>/", views.campaign_page, name="campaign"),
    path("campaigns/<slug:slug>/support/", views.support, name="support"),
    path("campaigns/<slug:slug>/accounts/", views.campaign_statement, name="statement"),
    path("me/support/<uuid:pledge_id>/", views.pledge_page, name="pledge"),
    path("me/support/<uuid:pledge_id>/back/", views.back, name="back"),
    path("me/support/<uuid:pledge_id>/continue/", views.continue_card, name="continue"),
    path("me/support/<uuid:pledge_id>/change/", views.change, name="change"),
    path("me/support/<uuid:pledge_id>/withdraw/", views.withdraw, name="withdraw"),
]
