"""Addresses of one's own account, beside allauth's."""

from django.urls import path

from members import views

app_name = "members"
urlpatterns = [
    path("me/profile/", views.profile, name="profile"),
    path("me/mails/", views.mails, name="mails"),
    path("mails/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
