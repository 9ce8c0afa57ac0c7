"""Addresses that providers, host pages and the demo's visitors use."""

from __future__ import annotations

from django.urls import include, path, re_path

from channels_app.links import outbound_file
from channels_app.views import webhook
from channels_app.webchat.shop import shop
from channels_app.webchat.views import page

urlpatterns = [
    path("hooks/<slug:kind>/<slug:slug>/", webhook, name="webhook"),
    path("outbound/<str:token>/<str:name>", outbound_file, name="outbound-file"),
    path("w/", include("channels_app.webchat.urls")),
    re_path(r"^c/(?P<key>[-\w]+)/chat/?$", page, name="webchat-page"),
    path("demo/shop/", shop, name="demo-shop"),
]
