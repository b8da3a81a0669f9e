"""Addresses of promises, as mails give them."""

from django.urls import path

from funding import views

app_name = "funding"
urlpatterns = [
    path("support/<uuid:commitment_id>/", views.commitment_page, name="commitment"),
    path("support/<uuid:commitment_id>/card/", views.card, name="card"),
    path("support/<uuid:commitment_id>/card/back/", views.card_back, name="card-back"),
    path("support/<uuid:commitment_id>/confirm/", views.confirm, name="confirm"),
    path("support/<uuid:commitment_id>/confirm/back/", views.confirm_back, name="confirm-back"),
]
