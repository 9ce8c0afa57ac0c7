"""A websocket client as thin as the load it makes: text frames, one callback a frame, no library in between."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from urllib.parse import urlsplit

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
Received = Callable[[bytes], None]


def _ignore(frame: bytes) -> None:
    """For sockets nobody listens to."""


class WebSocket(asyncio.Protocol):
    """One client socket. `on_frame` is called with the bytes of every text frame as it arrives."""

    def __init__(self, request: bytes, on_frame: Received) -> None:
        self.on_frame = on_frame
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._buffer = bytearray()
        self._parts = b""
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def open(
        cls, url: str, *, on_frame: Received = _ignore, origin: str = "", cookie: str = "", timeout: float = 15.0
    ) -> WebSocket:
        """Connect and shake hands. Raises OSError if the server does not want to."""
        parts = urlsplit(url)
        lines = [
            f"GET {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            *([f"Origin: {origin}"] if origin else []),
            *([f"Cookie: {cookie}"] if cookie else []),
        ]
        request = "\r\n".join([*lines, "", ""]).encode()
        loop = asyncio.get_running_loop()
        _transport, protocol = await loop.create_connection(
            lambda: cls(request, on_frame), parts.hostname or "", parts.port or 80
        )
        async with asyncio.timeout(timeout):
            await protocol.opened
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class
        assert self._transport is not None
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done() and not self._shake_hands():
            return
        while self._take_frame():
            pass

    def _shake_hands(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        if not head.startswith(b"HTTP/1.1 101"):
            self.opened.set_exception(OSError(f"no websocket: {head.splitlines()[0].decode()}"))
            return False
        self.opened.set_result(None)
        return True

    def _take_frame(self) -> bool:
        """Handle one complete frame at the start of the buffer; False while some of it is missing."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        length, start = buffer[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return False
        first = buffer[0]
        payload = bytes(buffer[start : start + length])
        del buffer[: start + length]
        self._handle(first, payload)
        return True

    def _handle(self, first: int, payload: bytes) -> None:
        operation = first & 0x0F
        if operation == _PING:
            self._write(_PONG, payload)
        elif operation == _CLOSE:
            self.close()
        elif operation in (0, _TEXT):
            self._parts += payload
            if first & 0x80:
                frame, self._parts = self._parts, b""
                self.on_frame(frame)

    def send(self, text: bytes) -> None:
        """Send one text frame."""
        self._write(_TEXT, text)

    def _write(self, operation: int, payload: bytes) -> None:
        assert self._transport is not None
        length = len(payload)
        if length < 126:
            head = bytes((0x80 | operation, 0x80 | length))
        else:
            head = bytes((0x80 | operation, 0x80 | 126)) + length.to_bytes(2, "big")
        # A mask of zeros is a mask, and leaves the payload as it is.
        self._transport.write(head + b"\0\0\0\0" + payload)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(EOFError("the server closed the connection"))
        if not self.ended.done():
            self.ended.set_result(None)

    @property
    def is_open(self) -> bool:
        return not self.ended.done()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
