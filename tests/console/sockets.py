"""A console's websocket in tests: signed in by a real session, frames read without waiting longer than needed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.db import connections
from django.test import Client

from contactcenter.console.presence import presence
from contactcenter.console.sockets import socket_urls
from contactcenter.conversations.realtime import hub

APPLICATION = AuthMiddlewareStack(URLRouter(socket_urls))
SECONDS = 60.0


class Console:
    """`async with Console(client) as console`: connected and greeted."""

    def __init__(
        self, client: Client | None, *, origin: str = "http://testserver", hello: dict[str, int] | None = None
    ):
        headers = [(b"host", b"testserver"), (b"origin", origin.encode())]
        if client is not None:
            cookie = f"sessionid={client.cookies['sessionid'].value}"
            headers.append((b"cookie", cookie.encode()))
        scope = {"type": "websocket", "path": "/ws/console/", "query_string": b"", "headers": headers}
        self._socket = ApplicationCommunicator(APPLICATION, scope)
        self.hello = hello or {}

    async def connect(self) -> dict[str, Any]:
        """The server's first word: an accept or a close."""
        await self._socket.send_input({"type": "websocket.connect"})
        return await self.output()

    async def output(self) -> dict[str, Any]:
        return dict(await self._socket.receive_output(SECONDS))

    async def closing_code(self) -> int:
        """Why the server closes it; frames before that are passed over."""
        while (output := await self.output())["type"] != "websocket.close":
            pass
        return int(output["code"])

    async def __aenter__(self) -> Console:
        assert (await self.connect())["type"] == "websocket.accept"
        await self.say(t="hello", open=self.hello)
        assert (await self.frame("welcome"))["user"]
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait(SECONDS)

    async def say_text(self, text: str) -> None:
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def _next(self) -> dict[str, Any]:
        output = await self.output()
        assert output["type"] == "websocket.send", output
        return dict(json.loads(output["text"]))

    async def say(self, **frame: Any) -> None:
        await self.say_text(json.dumps(frame))

    async def frame(self, kind: str = "", **fields: Any) -> dict[str, Any]:
        """The next frame of this kind with these fields; others are passed over."""
        while True:
            got = await self._next()
            if (not kind or got["t"] == kind) and all(got.get(name) == value for name, value in fields.items()):
                return got

    async def frames_until_pong(self) -> list[dict[str, Any]]:
        """All that has been queued up to now, in order: a ping's answer comes behind it."""
        await self.say(t="ping")
        frames: list[dict[str, Any]] = []
        while True:
            got = await self._next()
            if got["t"] == "pong":
                return frames
            frames.append(got)


async def do(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A service or a request of the test client, in a thread with its own connection."""

    def call() -> Any:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(call, thread_sensitive=False)()


def run(story: Coroutine[Any, Any, None]) -> None:
    """Play a story with sockets on an event loop of its own, and end what it left running."""

    async def play() -> None:
        try:
            await asyncio.wait_for(story, 150)
        finally:
            # A story that failed leaves its sockets open.
            hub._topics.clear()
            presence._sockets.clear()

    asyncio.run(play())
