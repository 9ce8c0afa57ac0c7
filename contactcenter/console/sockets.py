"""The console's websocket: what changed goes out, writes never come in (only who looks where, and who writes)."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import path

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer, viewer_of
from contactcenter.console.frames import ACCESS_CHANGED, CONSOLES, encode, replay, typing_topic
from contactcenter.console.presence import presence
from contactcenter.console.viewing import viewing, viewing_topic
from contactcenter.conversations.realtime import announce_now, hub
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.sockets import SocketConsumer, in_thread
from routing.selectors import agent_of
from routing.services.agents import arrive

SIGNED_OUT = 4401
FOREIGN_ORIGIN = 4403
# What somebody may see is read again at least this often; a session that has ended is noticed then too.
RENEW_SECONDS = 60
TYPING_SECONDS = 3
MOST_OPEN = 50


def is_own_origin(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the page that opened the socket is ours: browsers send cookies for every page's sockets."""
    found = {name.lower(): value.decode("latin-1") for name, value in headers}
    origin = urlsplit(found.get(b"origin", ""))
    return bool(origin.netloc) and origin.netloc in {found.get(b"host", ""), urlsplit(settings.PUBLIC_URL).netloc}


class ConsoleConsumer(SocketConsumer):
    """One open console."""

    viewer: Viewer
    user: User
    agent_id: int | None = None
    is_open = False
    # The one conversation in front of this console.
    front = 0
    _renew_at = 0.0
    _renewal: asyncio.Future[Any] | None = None

    async def connect(self) -> None:
        if not is_own_origin(self.scope["headers"]):
            await self.close(code=FOREIGN_ORIGIN)
            return
        user = self.scope["user"]
        if not user.is_authenticated:
            # Accepted first, since a browser learns the code of an open socket only.
            await self.accept()
            await self.close(code=SIGNED_OUT)
            return
        self.user = user
        self._open: dict[int, float] = {}
        await super().connect()

    async def admit(self) -> bool:
        return await in_thread(self._read_viewer)

    def _read_viewer(self) -> bool:
        """Read again who this is and what they may see. False once they are signed out or switched off."""
        user = User.objects.filter(pk=self.user.pk, is_active=True).first()
        session = self.scope["session"]
        if user is None or not session.exists(session.session_key) or (user.is_demo and not settings.DEMO):
            return False
        self.user = user
        agent = agent_of(user)
        self.agent_id = agent.pk if agent is not None else None
        self.viewer = viewer_of(user)
        self._renew_at = time.monotonic() + RENEW_SECONDS
        return True

    async def opened(self) -> None:
        self.is_open = True
        hub.join(CONSOLES, self)
        hub.join(f"user:{self.user.pk}", self)
        if self.agent_id is not None:
            presence.add(self.agent_id)
            await in_thread(arrive, agent_id=self.agent_id)

    async def closed(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        hub.leave(CONSOLES, self)
        hub.leave(f"user:{self.user.pk}", self)
        for conversation_id in self._open:
            self._leave_topics(conversation_id)
        await self._view(0)
        if self.agent_id is not None:
            presence.remove(self.agent_id)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if time.monotonic() < self._renew_at or await self._renew():
            await super().receive(text_data, bytes_data)

    def push(self, frame: str) -> None:
        """Queue a frame; rights that changed, or were read long ago, are read again beside it."""
        if frame == ACCESS_CHANGED:
            self._renewal = asyncio.ensure_future(self._renew_and_reset())
            return
        super().push(frame)
        if time.monotonic() > self._renew_at:
            self._renew_at = time.monotonic() + RENEW_SECONDS
            self._renewal = asyncio.ensure_future(self._renew())

    async def _renew_and_reset(self) -> None:
        if await self._renew():
            self.reset()

    async def _renew(self) -> bool:
        agent_before = self.agent_id
        if not await in_thread(self._read_viewer):
            await self.close(code=SIGNED_OUT)
            return False
        if agent_before != self.agent_id and self.is_open:
            if agent_before is not None:
                presence.remove(agent_before)
            if self.agent_id is not None:
                presence.add(self.agent_id)
        return True

    async def received(self, frame: dict[str, Any]) -> None:
        kind, conversation = frame["t"], frame.get("conversation")
        if kind == "hello":
            await self._hello(frame.get("open"))
        elif not isinstance(conversation, int):
            self.send_frame({"t": "error", "code": "bad_frame"})
        elif kind == "open":
            await self._open_conversation(conversation, frame.get("seq"))
        elif kind == "shut":
            await self._shut(conversation)
        elif kind == "view":
            await self._view(conversation)
        elif kind == "typing":
            await self._typing(conversation)
        else:
            self.send_frame({"t": "error", "code": "bad_frame"})

    async def _hello(self, seqs: Any) -> None:
        """Greet, then give what was missed. The subscription stands before anything is read."""
        await hub.listening()
        self.send_frame({"t": "welcome", "user": self.user.pk, "name": self.user.shown_name})
        if isinstance(seqs, dict):
            for text, seq in list(seqs.items())[:MOST_OPEN]:
                if text.isdecimal():
                    await self._open_conversation(int(text), seq)

    async def _open_conversation(self, conversation: int, seq: Any) -> None:
        if conversation not in self._open:
            if len(self._open) >= MOST_OPEN:
                await self._shut(next(iter(self._open)))
            if not await in_thread(self._may_see, conversation):
                self.push(encode({"t": "gone", "conversation": conversation}))
                return
            self._open[conversation] = float("-inf")
            hub.join(typing_topic(conversation), self)
            hub.join(viewing_topic(conversation), self)
        if isinstance(seq, int):
            missed = await in_thread(replay, self.viewer, conversation, seq)
            if missed is not None:
                self.push(missed)

    def _may_see(self, conversation: int) -> bool:
        return visible_conversations(self.viewer).filter(pk=conversation).exists()

    async def _shut(self, conversation: int) -> None:
        if self._open.pop(conversation, None) is None:
            return
        self._leave_topics(conversation)
        if self.front == conversation:
            await self._view(0)

    def _leave_topics(self, conversation: int) -> None:
        hub.leave(typing_topic(conversation), self)
        hub.leave(viewing_topic(conversation), self)

    async def _view(self, conversation: int) -> None:
        """Look at one of the conversations that are open, or at none; the others who have it open are told."""
        before, self.front = self.front, conversation if conversation in self._open else 0
        if before and before != self.front:
            await viewing.leave(before, self)
        if self.front:
            await viewing.enter(self.front, self, (self.user.pk, self.user.shown_name))

    async def _typing(self, conversation: int) -> None:
        """At most one every three seconds, and only where the writer has the conversation open and still sees it."""
        moment = time.monotonic()
        if moment - self._open.get(conversation, moment) < TYPING_SECONDS:
            return
        self._open[conversation] = moment
        await in_thread(self._announce_typing, conversation)

    def _announce_typing(self, conversation: int) -> None:
        if self._may_see(conversation):
            announce_now(
                {
                    "topic": f"typing:{conversation}",
                    "side": "agent",
                    "who": self.user.shown_name,
                    "user": self.user.pk,
                }
            )


socket_urls = [path("ws/console/", ConsoleConsumer.as_asgi())]
