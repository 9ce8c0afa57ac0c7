"""The floor of fanning out: uvicorn, a set of sockets in memory, and every frame written to each of them.

`python -m benchmarks.floors.hub DESCRIPTOR` serves on an inherited socket: `/listen` hears what is sent to `/speak`.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_listeners: set[Send] = set()


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """One socket."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    listens = scope["path"] == "/listen"
    if listens:
        _listeners.add(send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if not listens:
                frame = {"type": "websocket.send", "text": message["text"]}
                for listener in list(_listeners):
                    await listener(frame)
    finally:
        _listeners.discard(send)


if __name__ == "__main__":
    config = uvicorn.Config(
        application, ws="websockets-sansio", ws_per_message_deflate=False, log_level="warning", lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
