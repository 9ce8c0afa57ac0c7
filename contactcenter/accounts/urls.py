"""The first start."""

from __future__ import annotations

from django.urls import path

from contactcenter.accounts import views

app_name = "accounts"

urlpatterns = [path("<str:token>/", views.setup, name="setup")]
