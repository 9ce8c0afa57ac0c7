"""Where the demo's accounts find their providers."""

from __future__ import annotations

from django.urls import path

from channels_app.sandbox.twilio import create_message

urlpatterns = [
    path("twilio/2010-04-01/Accounts/<slug:sid>/Messages.json", create_message, name="sandbox-twilio-messages"),
]
