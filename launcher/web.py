"""The web process: uvicorn with the settings the project relies on.

Under run.py it takes over the listening socket that `serve` opened and keeps, so that while this process is started
again connections wait instead of being refused. In a container it opens its own: `python -m launcher.web 0.0.0.0:8000`.
"""

import os
import socket
import sys

import uvicorn

from launcher.listener import open_listener


def run(listener: socket.socket) -> None:
    """Serve on a listening socket until told to stop."""
    trusted = os.environ.get("CC_FORWARDED_ALLOW_IPS", "")
    config = uvicorn.Config(
        "contactcenter.asgi:application",
        ws="websockets-sansio",  # uvicorn's default class loses disconnects under load
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
        access_log=False,
        log_config=None,  # the project's own logging
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
    )
    uvicorn.Server(config).run(sockets=[listener])


def listener_of(argument: str) -> socket.socket:
    """The inherited socket of a descriptor number, or a new one on HOST:PORT."""
    if argument.isdigit():
        return socket.socket(fileno=int(argument))
    host, _, port = argument.rpartition(":")
    return open_listener(host.strip("[]"), int(port))


if __name__ == "__main__":
    run(listener_of(sys.argv[1]))
