"""The listening socket, opened once by the launcher and handed to every web process."""

import errno
import socket

from launcher.output import LauncherError, plain_reason

# How many connections wait while the web process is started again.
BACKLOG = 2048


def open_listener(host: str, port: int) -> socket.socket:
    """Listen on that address. Raises LauncherError that says which other port or host to give."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by every accepted connection: small frames must not wait for acknowledgements.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise LauncherError(_advice(host, port, error)) from error
    return listener


def _advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is in use by another program: choose another, for example --port {port % 65000 + 1}"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs rights this account does not have: choose one above 1023 with --port"
    return f"cannot serve on {host} ({plain_reason(error)}): give an address of this machine with --host"
