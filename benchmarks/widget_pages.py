"""Open widgets of the `widget` benchmark: they come back as `link.js` does, and send what was not acknowledged."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Sequence

from benchmarks.sockets import WebSocket

FIRST_DELAY, MOST_DELAY = 0.5, 15.0
WELCOME_SECONDS = 60.0
AT_ONCE = 32
TEXT = "Written while nobody was there"


class Page:
    """One open widget that stays: `welcomed_at` is when it was last welcomed, `acked_at` when its message was kept."""

    def __init__(self, url: str, origin: str, token: str | None) -> None:
        self.welcomed_at = 0.0
        self.acked_at = 0.0
        self.errors: list[str] = []
        self._url, self._origin, self._token = url, origin, token
        self._socket: WebSocket | None = None
        self._message = b""
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect for the first time and keep connected from then on."""
        await self._connect()
        self._task = asyncio.create_task(self._stay())

    async def _connect(self) -> None:
        self._welcome = asyncio.get_running_loop().create_future()
        self._socket = await WebSocket.open(self._url, on_frame=self._heard, origin=self._origin)
        self._socket.send(json.dumps({"t": "hello", "token": self._token}).encode())
        await asyncio.wait(
            [self._welcome, self._socket.ended], timeout=WELCOME_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if not self._welcome.done():
            self._socket.close()
            raise EOFError("not welcomed")

    async def _stay(self) -> None:
        failures = 0
        while True:
            assert self._socket is not None
            if self._socket.is_open:
                failures = 0
                await asyncio.wait([self._socket.ended])
            failures += 1
            delay = min(FIRST_DELAY * 2**failures, MOST_DELAY)
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            try:
                await self._connect()
            except (OSError, EOFError):
                continue

    def _heard(self, frame: bytes) -> None:
        if frame.startswith(b'{"t":"welcome"'):
            self.welcomed_at = time.perf_counter()
            if not self._welcome.done():
                self._welcome.set_result(None)
            if self._message and not self.acked_at:
                self._send()
        elif frame.startswith(b'{"t":"ack"'):
            self.acked_at = time.perf_counter()
        elif frame.startswith(b'{"t":"error"'):
            self.errors.append(frame.decode()[:150])

    def write(self) -> None:
        """A message that is sent until it is acknowledged."""
        self._message = json.dumps({"t": "message", "id": str(uuid.uuid4()), "text": TEXT}).encode()
        self._send()

    def _send(self) -> None:
        if self._socket is not None and self._socket.is_open:
            self._socket.send(self._message)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._socket is not None:
            self._socket.close()


async def open_pages(url: str, origin: str, tokens: Sequence[str | None]) -> list[Page]:
    """A page for each token; None is somebody who has not written yet."""
    pages = [Page(url, origin, token) for token in tokens]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(page: Page) -> None:
        async with gate:
            await page.open()

    await asyncio.gather(*(one(page) for page in pages))
    return pages


async def until(pages: Sequence[Page], name: str, since: float, seconds: float) -> list[float]:
    """How long after `since` each page came to have `name`; those that did not within `seconds` are left out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(getattr(page, name) < since for page in pages):
        await asyncio.sleep(0.05)
    return [moment - since for page in pages if (moment := getattr(page, name)) >= since]
