"""Everything under `/w/`."""

from __future__ import annotations

from django.urls import path

from channels_app.webchat import views

urlpatterns = [
    path("v1.js", views.loader, name="webchat-loader"),
    path("<slug:key>/config/", views.config, name="webchat-config"),
    path("<slug:key>/frame/", views.frame, name="webchat-frame"),
    path("<slug:key>/messages/", views.messages, name="webchat-messages"),
    path("<slug:key>/files/", views.files, name="webchat-files"),
    path("<slug:key>/files/<uuid:public_id>/", views.file, name="webchat-file"),
]
