"""A shop with a widget, and a customer's browser as a test sees it: a socket that speaks JSON."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.db import connections

from channels_app.webchat import availability
from channels_app.webchat.identity import hash_token, new_token
from channels_app.webchat.pages import pages
from channels_app.webchat.sockets import socket_urls
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity
from contactcenter.conversations.sockets import in_thread
from routing.models import Queue
from tests import factories as make

OWN = "http://127.0.0.1:8000"
SECRET = "a secret of the shop's server, at least 32 bytes"
application = URLRouter(socket_urls)


@pytest.fixture(autouse=True)
def quiet_surroundings(settings: Any) -> None:
    """No rates unless a test asks for them, nothing remembered of other tests' accounts."""
    settings.WIDGET_LIMITS = False
    settings.DEMO = False
    settings.DEMO_OPEN = False
    availability.forget()


@pytest.fixture
def queue(db: None) -> Queue:
    return make.make_queue()


@pytest.fixture
def account(queue: Queue) -> ChannelAccount:
    return make.make_account(queue=queue, secret=SECRET, config={"origins": ["https://shop.example"]})


class Browser:
    """One page with the widget. Frames that a test did not ask for are kept in `seen`."""

    def __init__(self, key: str, *, token: str | None = None, address: str = "127.0.0.1", origin: str = OWN) -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"127.0.0.1:8000")]
        scope = {
            "type": "websocket",
            "path": f"/ws/w/{key}/",
            "headers": headers,
            "client": [address, 50000],
            "subprotocols": [],
        }
        self.socket = ApplicationCommunicator(application, scope)
        self.token = token
        self.seen: list[dict[str, Any]] = []
        self.conversation: str | None = None
        self.seq = 0

    async def open(self) -> bool:
        await self.socket.send_input({"type": "websocket.connect"})
        return bool((await self.socket.receive_output(60))["type"] == "websocket.accept")

    async def say(self, **frame: Any) -> None:
        await self.say_raw(json.dumps(frame))

    async def say_raw(self, text: str) -> None:
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def next(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        event = await self.socket.receive_output(60)
        assert event["type"] == "websocket.send", event
        frame: dict[str, Any] = json.loads(event["text"])
        self.seen.append(frame)
        if frame["t"] == "token":
            self.token = frame["token"]
        return frame

    async def hear(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; every other is kept."""
        while True:
            frame = await self.next()
            if frame["t"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                return frame

    async def hello(self, **fields: Any) -> dict[str, Any]:
        await self.say(t="hello", **{"token": self.token, "locale": "en", **fields})
        frame = await self.hear("welcome")
        if frame["conversation"]:
            self.conversation = frame["conversation"]["id"]
        self.seq = frame["seq"]
        return frame

    async def write(self, text: str, *, id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a message and wait for its `ack` or `error`."""
        name = id or str(uuid.uuid4())
        await self.say(t="message", id=name, text=text, **fields)
        while True:
            frame = await self._any("ack", "error")
            if frame["id"] == name:
                self.conversation = frame.get("conversation", self.conversation)
                return frame

    async def _any(self, *kinds: str) -> dict[str, Any]:
        while True:
            frame = await self.next()
            if frame["t"] in kinds:
                return frame

    async def settle(self) -> list[dict[str, Any]]:
        """Everything that came up to now: a ping is answered after it."""
        await self.say(t="ping")
        await self.hear("pong")
        return self.seen

    async def leave(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(60)


@asynccontextmanager
async def browser(account: ChannelAccount, *, hello: bool = True, **fields: Any) -> AsyncIterator[Browser]:
    """A page that has said hello; closed at the end."""
    page = Browser(account.address, **fields)
    assert await page.open()
    try:
        if hello:
            await page.hello()
        yield page
    finally:
        await page.leave()


def play(story: Coroutine[Any, Any, None]) -> None:
    """Run a story of browsers; the sockets' threads give their connections back at its end."""

    async def run() -> None:
        try:
            await asyncio.wait_for(story, 150)
        finally:
            for task in pages._tasks:
                task.cancel()
            pages._tasks = []

    asyncio.run(run())
    connections["default"].close()


run_in_thread = in_thread


def visitor_token(conversation: Conversation) -> str:
    """A token that opens this conversation, as if its visitor had been given it."""
    token = new_token()
    assert conversation.identity is not None
    Identity.objects.filter(pk=conversation.identity_id).update(address=hash_token(token))
    return token
