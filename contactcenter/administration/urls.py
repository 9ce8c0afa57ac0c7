"""The first start, under `/setup/`."""

from __future__ import annotations

from django.urls import path

from contactcenter.administration import views

app_name = "administration"

urlpatterns = [
    path("", views.front, name="setup"),
    path("watch/", views.watch, name="setup-watch"),
    path("step/<slug:name>/", views.step, name="setup-step"),
    path("<str:token>/", views.first_admin, name="setup-link"),
]
