"""Where the demo's accounts find their providers."""

from __future__ import annotations

from django.urls import path, re_path

from channels_app.sandbox.bots import own_server, telegram, viber
from channels_app.sandbox.files import sandbox_file
from channels_app.sandbox.graph import graph
from channels_app.sandbox.twilio import create_message

urlpatterns = [
    path("twilio/2010-04-01/Accounts/<slug:sid>/Messages.json", create_message, name="sandbox-twilio-messages"),
    path("graph/<str:version>/<path:path>", graph, name="sandbox-graph"),
    re_path(r"^telegram/bot(?P<token>[0-9]+:[\w-]+)/(?P<method>\w+)$", telegram, name="sandbox-telegram"),
    re_path(r"^telegram/file/bot[0-9]+:[\w-]+/(?P<external_id>[0-9]+)$", sandbox_file, name="sandbox-telegram-file"),
    path("viber/pa/<slug:method>", viber, name="sandbox-viber"),
    path("app/<slug:slug>", own_server, name="sandbox-app"),
    path("files/<str:external_id>", sandbox_file, name="sandbox-file"),
]
