"""The base of every websocket consumer: a bounded queue out, broken sends end the socket, threads for the database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import close_old_connections

_P = ParamSpec("_P")
_R = TypeVar("_R")

QUEUE_FRAMES = 200
_executor = ThreadPoolExecutor(max_workers=settings.SOCKET_THREADS, thread_name_prefix="socket")


async def in_thread(function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Run database work off the event loop, in a pool no larger than the connections there are."""

    def call() -> _R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    # What asgiref's sync_to_async does besides (threads that belong to a request, changes of context on the way back)
    # costs as much as a query, and nobody here has use for it.
    return await asyncio.get_running_loop().run_in_executor(_executor, copy_context().run, call)


class SocketConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Frames are JSON objects with a type `t`. Subclasses fill `viewer`, `opened`, `received` and `closed`."""

    viewer: Any = None
    _writer: asyncio.Task[None] | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler of a message from the server. Channels would visit a thread before each, to close old
        connections: here nothing but `in_thread` has any."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self._frames: asyncio.Queue[str | None] = asyncio.Queue(QUEUE_FRAMES)
        if not await self.admit():
            await self.close(code=4403)
            return
        await self.accept()
        self._writer = asyncio.create_task(self._write())
        await self.opened()

    async def admit(self) -> bool:
        """Whether this socket may open at all. A kind of socket that does not say so admits nobody."""
        return False

    async def opened(self) -> None:
        """The socket is open: join topics, send the first frames."""

    async def received(self, frame: dict[str, Any]) -> None:
        """A well-formed frame came in."""

    async def closed(self) -> None:
        """The socket is gone, however it went: leave topics."""

    async def disconnect(self, code: int) -> None:
        if self._writer is not None:
            self._writer.cancel()
            self._writer = None
            await self.closed()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            frame = json.loads(text_data or "")
        except ValueError:
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("t"), str):
            self.push(json.dumps({"t": "error", "code": "bad_frame"}))
        elif frame["t"] == "ping":
            self.push('{"t":"pong"}')
        else:
            await self.received(frame)

    def send_frame(self, frame: dict[str, Any]) -> None:
        self.push(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    def push(self, frame: str) -> None:
        """Queue a frame; a socket that does not keep up is told to fetch everything again."""
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.reset()

    def reset(self) -> None:
        """Drop what is queued and tell the client to fetch again."""
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait('{"t":"reset"}')

    async def _write(self) -> None:
        while True:
            frame = await self._frames.get()
            try:
                await self.send(text_data=frame)
            except Exception:  # whatever the server raises for a dead peer
                await self.close()
                return
