"""Customers' pages and agents' consoles of the `chat` benchmark: thin clients of the product's own frames."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.sockets import WebSocket

MARK = re.compile(rb"mark-[0-9a-f]{12}")
TEXT = "Where is my order? It was promised for Tuesday. {mark}"
READY_SECONDS = 15.0
# A conversation begins with two events, its creation and the first message.
OPENING_SEQ = 2
OPENING = f'"seq":{OPENING_SEQ},'.encode()


def new_mark() -> str:
    """What tells one message from all others wherever it is shown."""
    return f"mark-{uuid.uuid4().hex[:12]}"


class Customer:
    """One open widget. One message at a time; `post` waits for its acknowledgement."""

    def __init__(self) -> None:
        self._socket: WebSocket | None = None
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits_for = b""
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open(self, url: str, origin: str, token: str) -> None:
        self._socket = await WebSocket.open(url, on_frame=self._on_frame, origin=origin)
        self._socket.send(json.dumps({"t": "hello", "token": token}).encode())
        async with asyncio.timeout(READY_SECONDS):
            await self._welcome

    def _on_frame(self, frame: bytes) -> None:
        if frame.startswith(b'{"t":"ack"') and self._waits_for in frame:
            self._settle("")
        elif frame.startswith(b'{"t":"error"'):
            self._settle(frame.decode()[:200])
        elif frame.startswith(b'{"t":"welcome"') and not self._welcome.done():
            self._welcome.set_result(None)

    def _settle(self, problem: str) -> None:
        if not self._answer.done():
            self._answer.set_result(problem)

    async def post(self, mark: str = "") -> str:
        """Send one message; "" once it is acknowledged, else what was said instead."""
        assert self._socket is not None
        if not self._socket.is_open:
            raise EOFError("the widget's socket was closed")
        ident = str(uuid.uuid4())
        self._waits_for = ident.encode()
        self._answer = asyncio.get_running_loop().create_future()
        text = TEXT.format(mark=mark or new_mark())
        self._socket.send(json.dumps({"t": "message", "id": ident, "text": text}).encode())
        return await self._answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


class Console:
    """One open console: notes when each marked message arrives, and counts html frames, those of openings apart."""

    def __init__(self) -> None:
        self.arrivals: dict[bytes, float] = {}
        self.html_frames = 0
        self.openings = 0
        self.others: Counter[str] = Counter()
        self._socket: WebSocket | None = None
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, url: str, origin: str, session: str) -> None:
        self._socket = await WebSocket.open(url, on_frame=self._on_frame, origin=origin, cookie=f"sessionid={session}")
        self._socket.send(b'{"t":"hello","open":{}}')
        async with asyncio.timeout(READY_SECONDS):
            await self._welcome

    def _on_frame(self, frame: bytes) -> None:
        if b'"t":"html"' in frame[:30]:
            moment = time.perf_counter()
            self.html_frames += 1
            self.openings += OPENING in frame[:120]
            for mark in MARK.findall(frame):
                self.arrivals.setdefault(mark, moment)
            return
        kind = str(json.loads(frame).get("t"))
        self.others[kind] += 1
        if kind == "welcome" and not self._welcome.done():
            self._welcome.set_result(None)

    @property
    def was_reset(self) -> bool:
        return self.others["reset"] > 0

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


@asynccontextmanager
async def open_customers(url: str, origin: str, tokens: Sequence[str]) -> AsyncIterator[list[Customer]]:
    """Pages of all these customers, welcomed."""
    customers = [Customer() for _ in tokens]
    try:
        await _few_at_a_time([one.open(url, origin, token) for one, token in zip(customers, tokens, strict=True)])
        yield customers
    finally:
        for customer in customers:
            customer.close()


@asynccontextmanager
async def open_consoles(url: str, origin: str, sessions: Sequence[str]) -> AsyncIterator[list[Console]]:
    """Consoles of all these agents, welcomed."""
    consoles = [Console() for _ in sessions]
    try:
        await _few_at_a_time([one.open(url, origin, session) for one, session in zip(consoles, sessions, strict=True)])
        yield consoles
    finally:
        for console in consoles:
            console.close()


async def _few_at_a_time(openings: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Opening is not what is measured: eight at once, as a server after a restart would be asked politely."""
    gate = asyncio.Semaphore(8)

    async def one(opening: Coroutine[Any, Any, None]) -> None:
        async with gate:
            await opening

    await asyncio.gather(*(one(opening) for opening in openings))
