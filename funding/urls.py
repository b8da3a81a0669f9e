"""Addresses of promises, as mails give them."""

from django.urls import path

from funding.views import cards, importing, treasury

app_name = "funding"
urlpatterns = [
    path("support/<uuid:commitment_id>/", cards.commitment_page, name="commitment"),
    path("support/<uuid:commitment_id>/invoice.pdf", cards.invoice, name="invoice"),
    path("support/<uuid:commitment_id>/card/", cards.card, name="card"),
    path("support/<uuid:commitment_id>/card/back/", cards.card_back, name="card-back"),
    path("support/<uuid:commitment_id>/confirm/", cards.confirm, name="confirm"),
    path("support/<uuid:commitment_id>/confirm/back/", cards.confirm_back, name="confirm-back"),
    path("treasury/<slug:slug>/", treasury.purse_page, name="treasury"),
    path("treasury/<slug:slug>/bank/", treasury.bank, name="bank"),
    path("treasury/<slug:slug>/record/", treasury.record, name="record"),
    path("treasury/<slug:slug>/promises/<uuid:commitment_id>/", treasury.answer, name="answer-promise"),
    path("treasury/<slug:slug>/arrivals/<uuid:receipt_id>/", treasury.settle, name="settle-arrival"),
    path("treasury/<slug:slug>/owed/<uuid:assignment_id>/", treasury.give_back, name="give-back"),
    path("treasury/<slug:slug>/statements/", importing.upload, name="upload"),
    path("treasury/<slug:slug>/statements/<uuid:statement_id>/", importing.preview, name="preview"),
]
