"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from csm import leaving, media, pages, producing
from csm.sitemaps import SITEMAPS

# The admin goes through the site's own log-in, its second factor included.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", pages.home, name="home"),
    path("robots.txt", pages.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("me/", pages.me, name="me"),
    path("me/data/", leaving.download, name="own-data"),
    path("me/erasure/", leaving.ask, name="erasure"),
    path("me/erasure/<str:token>/", leaving.confirm, name="erasure-confirm"),
    path("producing/", producing.overview, name="producing"),
    path("producing/campaigns/<slug:slug>/", producing.campaign, name="producing-campaign"),
    path("producing/batches/<uuid:run_id>/", producing.batch, name="producing-batch"),
    path("", include("members.urls")),
    path("designs/<slug:slug>/", pages.design, name="design"),
    path("workshops/<slug:slug>/", pages.facility, name="facility"),
    path("", include("facilities.urls")),
    path("", include("products.urls")),
    path("", include("campaigns.urls")),
    path("", include("orders.urls")),
    path("", include("funding.urls")),
    path("", include("payments.urls")),
    path("media/pictures/<str:name>", media.picture, name="picture"),
    path("api/v1/", include("csm.api")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

# In development no mail is sent, it is read here. The footer shows the link when there is such a page.
if settings.DEBUG:
    urlpatterns.append(path("outbox/", pages.outbox, name="outbox"))

handler400 = "csm.errors.bad_request"
handler404 = "csm.errors.not_found"
handler500 = "csm.errors.server_error"
