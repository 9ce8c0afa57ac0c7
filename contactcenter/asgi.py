"""HTTP and websockets. Sockets check their own origin and rights in their consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http_application = get_asgi_application()

from channels_app.webchat.sockets import socket_urls as widget_sockets  # noqa: E402  (apps must be loaded first)
from contactcenter.console.sockets import socket_urls as console_sockets  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": AuthMiddlewareStack(URLRouter([*console_sockets, *widget_sockets])),
    }
)
