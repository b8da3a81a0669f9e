"""Addresses of workshops; the page of one workshop joins other apps and is csm's."""

from django.urls import path

from facilities import views

app_name = "facilities"
urlpatterns = [path("workshops/", views.facility_list, name="list")]
