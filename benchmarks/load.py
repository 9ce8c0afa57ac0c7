"""Closed loops: so many connections, each sending its next request when the last one is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from benchmarks.samples import Sample

TIMEOUT_SECONDS = 15.0

# One request and its answer; returns what is wrong with the answer, "" for nothing.
Exchange = Callable[[], Awaitable[str]]


class _Loops:
    """The state that the loops of one measurement share."""

    def __init__(self, begins: float, ends: float) -> None:
        self.begins = begins
        self.ends = ends
        self.sample = Sample(seconds=0.0)
        self.last = begins

    async def run(self, exchange: Exchange) -> None:
        clock = time.perf_counter
        while (started := clock()) < self.ends:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    problem = await exchange()
            except (OSError, TimeoutError, EOFError) as error:
                self.sample.errors.append(f"{type(error).__name__} {error}".strip())
                return  # this connection is of no use any more
            ended = clock()
            if problem:
                self.sample.errors.append(problem)
                continue
            self.sample.acknowledged += 1
            if started >= self.begins:
                self.sample.latencies.append(ended - started)
                self.last = max(self.last, ended)


async def closed_loop(exchanges: Sequence[Exchange], *, warm_up: float, window: float) -> Sample:
    """Run each exchange again and again for warm-up and window (seconds); the window alone is measured."""
    begins = time.perf_counter() + warm_up
    loops = _Loops(begins, begins + window)
    await asyncio.gather(*(loops.run(exchange) for exchange in exchanges))
    sample = loops.sample
    sample.seconds = max(loops.last - begins, window)
    if not (sample.latencies or sample.errors):
        sample.errors.append("no answer inside the window")
    return sample


class HttpConnection(asyncio.Protocol):
    """One keep-alive connection with one request under way; answers by Content-Length or in chunks."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def open(cls, url: str) -> HttpConnection:
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        _transport, protocol = await loop.create_connection(cls, parts.hostname or "", parts.port or 80)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class

    async def request(self, raw: bytes) -> tuple[int, bytes]:
        """Send a whole request; returns status and body. Raises EOFError when the server hangs up."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        parsed = parse_answer(self._buffer)
        if parsed is None or self._answer is None or self._answer.done():
            return
        status, body, length = parsed
        self._buffer = self._buffer[length:]
        self._answer.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(EOFError("the server closed the connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def parse_answer(buffer: bytes) -> tuple[int, bytes, int] | None:
    """(status, body, bytes used) of a complete answer at the start of the buffer, None while some is missing."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[:end].lower()
    status = int(head[9:12])
    body_at = end + 4
    position = head.find(b"content-length:")
    if position >= 0:
        length = int(head[position + 15 :].split(b"\r\n", 1)[0])
        if len(buffer) < body_at + length:
            return None
        return status, buffer[body_at : body_at + length], body_at + length
    if b"transfer-encoding: chunked" in head:
        return _chunks(buffer, status, body_at)
    return status, b"", body_at


def _chunks(buffer: bytes, status: int, at: int) -> tuple[int, bytes, int] | None:
    body = b""
    while True:
        line = buffer.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(buffer[at:line], 16)
        at = line + 2 + size + 2
        if len(buffer) < at:
            return None
        if not size:
            return status, body, at
        body += buffer[line + 2 : line + 2 + size]


def http_request(method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a request for `HttpConnection`."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
