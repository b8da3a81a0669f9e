"""Addresses of designs; the page of one design joins other apps and is csm's."""

from django.urls import path

from products import views

app_name = "products"
urlpatterns = [
    path("designs/", views.design_list, name="list"),
    path("designs/<slug:slug>/<str:number>/", views.revision_page, name="revision"),
    path("files/<uuid:file_id>/", views.download, name="file"),
]
