"""Addresses of runs and orders."""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("batches/", views.run_list, name="runs"),
    path("batches/<uuid:run_id>/", views.run_page, name="run"),
    path("batches/<uuid:run_id>/bill/", views.run_statement, name="statement"),
    path("batches/<uuid:run_id>/price/", views.make_quote, name="make-quote"),
    path("batches/<uuid:run_id>/bench/", views.bench, name="bench"),
    path("batches/<uuid:run_id>/bench/made/", views.finish, name="finish"),
    path("batches/<uuid:run_id>/bench/bill/", views.settle, name="settle"),
    path("me/prices/<uuid:quote_id>/", views.quote_page, name="quote"),
    path("me/orders/<uuid:order_id>/", views.order_page, name="order"),
    path("me/orders/<uuid:order_id>/back/", views.back, name="back"),
    path("me/orders/<uuid:order_id>/continue/", views.continue_card, name="continue"),
    path("me/orders/<uuid:order_id>/withdraw/", views.withdraw, name="withdraw"),
]
