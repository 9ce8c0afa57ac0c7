"""What a benchmark stands on: databases of its own on the given engines, and processes that never outlive it."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from launcher.listener import open_listener
from launcher.process import Child, Guard, Spec, last_line
from launcher.serve import WORKER_OPTIONS

LOOPBACK = "127.0.0.1"
READY_SECONDS = 60.0
# Agents whose consoles are only imagined are there all day, customers who close their page are still the same, and
# many messages from one address are no flood.
QUIET_SETTINGS = {
    "CC_PRESENCE_SECONDS": "86400",
    "CC_AGENT_LOST_SECONDS": "172800",
    "CC_CUSTOMER_RETURN_SECONDS": "86400",
    "CC_WIDGET_LIMITS": "0",
    "CC_LOG_LEVEL": "WARNING",
}


class StackError(Exception):
    """Something the run stands on does not stand."""


class Stack:
    """Databases and processes of one benchmark; `close` removes them all."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self._admin_url = database_url
        self._redis_url = redis_url
        self._guard = Guard()
        self.folder = Path(tempfile.mkdtemp(prefix="cc-bench-"))
        self._guard.remove_at_end(self.folder)
        self._children: list[Child] = []
        self._listeners: list[socket.socket] = []
        mark = f"bench_{os.getpid()}"
        self.product_database = self._create(f"{mark}_product")
        self.floor_database = self._create(f"{mark}_floor")

    def _create(self, name: str) -> str:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return urlsplit(self._admin_url)._replace(path=f"/{name}").geturl()

    def environment(self, **ours: str) -> dict[str, str]:
        """For the product's processes: as run.py gives it, but with the databases of this run."""
        return {
            **os.environ,
            **QUIET_SETTINGS,
            "DATABASE_URL": self.product_database,
            "REDIS_URL": self._redis_url,
            "CC_DATA_DIR": str(self.folder),
            **ours,
        }

    def cpu_roots(self) -> list[int]:
        """The processes whose CPU time is the run's own: this one's tree and the engines'."""
        return [os.getpid(), *self.engines()]

    def engines(self) -> list[int]:
        """PostgreSQL's postmaster, if it runs on this machine, and Valkey."""
        with psycopg.connect(self._admin_url) as connection:
            backend = connection.info.backend_pid
        roots = []
        stat = Path(f"/proc/{backend}/stat")
        if stat.exists():
            roots.append(int(stat.read_text().rpartition(")")[2].split()[1]))
        with redis.Redis.from_url(self._redis_url) as client:
            roots.append(int(client.info("server")["process_id"]))
        return roots

    def listener(self) -> tuple[socket.socket, str]:
        """A listening socket on a free port of 127.0.0.1, and its address."""
        listener = open_listener(LOOPBACK, 0)
        self._listeners.append(listener)
        return listener, f"http://{LOOPBACK}:{listener.getsockname()[1]}"

    def start(self, name: str, *arguments: str, env: Mapping[str, str], pass_fds: tuple[int, ...] = ()) -> Child:
        """Start a Python of ours with these arguments; its output goes to a log of the run's folder."""
        spec = Spec(
            name=name,
            argv=(sys.executable, *arguments),
            log=self.folder / f"{name}.log",
            env=env,
            pass_fds=pass_fds,
        )
        child = Child(spec, self._guard)
        child.start()
        self._children.append(child)
        return child

    def start_product(self, listener: socket.socket, url: str) -> list[int]:
        """Web, worker and sweeper as run.py starts them; returns their process ids when all of them are well."""
        environment = self.environment(CC_PUBLIC_URL=url)
        descriptor = listener.fileno()
        web = self.start("web", "-m", "launcher.web", str(descriptor), env=environment, pass_fds=(descriptor,))
        worker = self.start("worker", "-m", "celery", "-A", "contactcenter", "worker", *WORKER_OPTIONS, env=environment)
        sweeper = self.start("sweeper", "manage.py", "run_sweeper", env=environment)
        wait_until(lambda: http_status(url, "/healthz") == 200, "the product to be well", web)
        return [web.pid, worker.pid, sweeper.pid]

    def child(self, name: str) -> Child:
        """A process that was started, to be stopped and started again."""
        return next(child for child in self._children if child.spec.name == name)

    def close(self) -> None:
        for child in reversed(self._children):
            child.stop()
        for listener in self._listeners:
            listener.close()
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            for url in (self.product_database, self.floor_database):
                connection.execute(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)'.encode())
        self._guard.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_until(is_so: Callable[[], bool], what: str, child: Child) -> None:
    """Raises StackError with the child's last words if it ends or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while not is_so():
        if not child.running() or time.monotonic() > deadline:
            raise StackError(f"waited for {what}: {last_line(child.spec.log)}")
        time.sleep(0.1)


def http_status(url: str, path: str) -> int:
    """0 when nothing answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
