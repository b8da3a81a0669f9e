"""Every address of the REST API, and its description."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from campaigns import api as campaigns
from campaigns.api import talk
from facilities import api as facilities
from orders import api as orders
from products import api as products

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("campaigns/", campaigns.CampaignList.as_view()),
    path("campaigns/<slug:slug>/", campaigns.CampaignDetail.as_view()),
    path("campaigns/<slug:slug>/statement/", campaigns.CampaignStatement.as_view()),
    path("campaigns/<slug:slug>/pledges/", campaigns.CampaignPledges.as_view()),
    path("campaigns/<slug:slug>/updates/", talk.CampaignUpdates.as_view()),
    path("campaigns/<slug:slug>/comments/", talk.CampaignComments.as_view()),
    path("campaigns/<slug:slug>/following/", talk.CampaignFollowing.as_view()),
    path("pledges/", campaigns.PledgeList.as_view()),
    path("pledges/<uuid:pledge_id>/", campaigns.PledgeDetail.as_view()),
    path("pledges/<uuid:pledge_id>/withdraw/", campaigns.PledgeWithdrawal.as_view()),
    path("workshops/", facilities.FacilityList.as_view()),
    path("workshops/<slug:slug>/", facilities.FacilityDetail.as_view()),
    path("designs/", products.DesignList.as_view()),
    path("designs/<slug:slug>/", products.DesignDetail.as_view()),
    path("designs/<slug:slug>/cost/", products.DesignCost.as_view()),
    path("runs/", orders.RunList.as_view()),
    path("runs/<uuid:run_id>/", orders.RunDetail.as_view()),
    path("runs/<uuid:run_id>/statement/", orders.RunStatement.as_view()),
    path("runs/<uuid:run_id>/quotes/", orders.RunQuotes.as_view()),
    path("quotes/<uuid:quote_id>/", orders.QuoteDetail.as_view()),
    path("quotes/<uuid:quote_id>/order/", orders.QuoteOrder.as_view()),
    path("orders/", orders.OrderList.as_view()),
    path("orders/<uuid:order_id>/", orders.OrderDetail.as_view()),
    path("orders/<uuid:order_id>/withdraw/", orders.OrderWithdrawal.as_view()),
]
