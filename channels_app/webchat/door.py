"""`/w/<key>/messages/` past the middleware that it has no use for: nobody is signed in, no cookie is read or set.

What guards every page guards this one too, by the same classes; the view is the same. It runs in the sockets' threads
instead of the single one that Django keeps for all its requests.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.utils import translation

from channels_app.webchat.views import messages
from contactcenter.conversations.sockets import in_thread
from contactcenter.middleware import DemoGuardMiddleware, RequestContextMiddleware, SecurityHeadersMiddleware

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_PATH = re.compile(r"/w/([-a-zA-Z0-9_]+)/messages/")
# The outermost first, in the order of settings.MIDDLEWARE.
_GUARDS: tuple[Any, ...] = (
    RequestContextMiddleware,
    SecurityMiddleware,
    DemoGuardMiddleware,
    SecurityHeadersMiddleware,
)


def with_messages_door(others: Application) -> Application:
    """The application that answers this path here, and leaves everything else to `others`."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if _PATH.fullmatch(scope["path"]) is None:
            await others(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        status, headers, content = await in_thread(_answer, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application


async def _body(receive: Receive) -> bytes | None:
    """All of it, or as much as shows that it is too long; None if the client has gone."""
    body = b""
    while True:
        frame = await receive()
        if frame["type"] == "http.disconnect":
            return None
        body += bytes(frame.get("body", b""))
        if not frame.get("more_body", False) or len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return body


def _answer(scope: dict[str, Any], body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return 413, [(b"content-length", b"0"), (b"connection", b"close")], b""
    request = ASGIRequest(scope, BytesIO(body))
    with translation.override(translation.get_language_from_request(request)):
        response = _guarded()(request)
    content = b"".join(response)
    response.headers.setdefault("Content-Length", str(len(content)))
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    response.close()
    return response.status_code, headers, content


@cache
def _guarded() -> Callable[[HttpRequest], Any]:
    handler = convert_exception_to_response(_view)
    for guard in reversed(_GUARDS):
        handler = convert_exception_to_response(guard(handler))
    return handler


def _view(request: HttpRequest) -> HttpResponseBase:
    found = _PATH.fullmatch(request.path)
    assert found is not None
    return messages(request, found[1])
