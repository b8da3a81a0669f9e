"""The site's addresses, and beside them the floors'."""

from django.urls import path

from csm import urls
from csm.bench import floor, world

urlpatterns = [
    *urls.urlpatterns,
    path("floor/nothing/", floor.nothing),
    path("floor/<slug:slug>/", floor.page),
    path("floor/<slug:slug>/django/", floor.page_by_django),
    path("floor/<slug:slug>/rows/", floor.rows),
    path("floor/<slug:slug>/support/", floor.support),
    # No floor: our own verb in a view as bare as the floor's.
    path("floor/<slug:slug>/verb/", world.verb),
]
