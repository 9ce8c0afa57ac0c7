"""Addresses that providers, host pages and the demo's visitors use."""

from __future__ import annotations

from django.urls import include, path

from channels_app.views import webhook
from channels_app.webchat.shop import shop

urlpatterns = [
    path("hooks/<slug:kind>/<slug:slug>/", webhook, name="webhook"),
    path("w/", include("channels_app.webchat.urls")),
    path("demo/shop/", shop, name="demo-shop"),
]
