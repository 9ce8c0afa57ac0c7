"""HTTP and websockets. Sockets check their own origin and rights in their consumers."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from itertools import islice
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")

import django
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.handlers.asgi import ASGIHandler
from django.http.response import HttpResponseBase, StreamingHttpResponse

django.setup(set_prefix=False)

from channels_app.webchat.door import with_messages_door  # noqa: E402  (apps must be loaded first)
from channels_app.webchat.sockets import socket_urls as widget_sockets  # noqa: E402
from contactcenter.console.sockets import socket_urls as console_sockets  # noqa: E402

# Blocks of 4 kB that one visit of the thread reads: most files whole, and never a large one.
BLOCKS_AT_ONCE = 64


async def _read_in_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    read = sync_to_async(lambda: b"".join(islice(blocks, BLOCKS_AT_ONCE)))
    while part := await read():
        yield part


class StreamingHandler(ASGIHandler):
    """Sends files bit by bit. Django, which has no asynchronous files, would warn and read each whole first."""

    async def send_response(
        self, response: HttpResponseBase, send: Callable[[Mapping[str, Any]], Awaitable[None]]
    ) -> None:
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _read_in_thread(iter(response.streaming_content))  # type: ignore[arg-type]
        await super().send_response(response, send)


http_application = StreamingHandler()
application = ProtocolTypeRouter(
    {
        "http": with_messages_door(http_application),
        "websocket": AuthMiddlewareStack(URLRouter([*console_sockets, *widget_sockets])),
    }
)
