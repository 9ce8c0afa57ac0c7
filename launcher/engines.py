"""Our own PostgreSQL and Valkey for one data folder.

`serve` runs them under its supervisor; tests and benchmarks call `start_engines(folder)` and `stop()`.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from launcher.broker import Broker, free_port
from launcher.cluster import DATABASE, Cluster, can_enter, open_cluster, throw_away
from launcher.datafolder import DataFolder
from launcher.output import ANOTHER_FOLDER, LauncherError
from launcher.process import Account, Child, Guard, last_line

START_SECONDS = 60.0
# A unix socket's path may have 107 bytes; under a long TMPDIR the plain one is used.
LONGEST_TEMP = 60


class Engines:
    """What was started, how to reach it, how to stop it. An engine that was not wanted has an empty URL."""

    def __init__(self, data: DataFolder, guard: Guard, *, throw_away: bool = False) -> None:
        self.data = data
        self.children: list[Child] = []
        self.database_url = ""
        self.redis_url = ""
        self._guard = guard
        self._folders: list[Path] = []
        self._cluster: Cluster | None = None
        self._broker: Broker | None = None
        self._own_guard = False
        self._throw_away = throw_away

    def start_valkey(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Start Valkey on a free port, another one if somebody was quicker."""
        password = self.data.secrets()["valkey_password"]
        folder = self._temporary_folder(None)
        for _ in range(5):
            broker = Broker(free_port(), password)
            child = Child(broker.spec(folder=folder, log=self.data.log("valkey")), self._guard)
            child.start()
            if _wait(child, broker.is_ready, pause):
                self._broker = broker
                self.children.append(child)
                self.redis_url = broker.url
                return
            child.kill()
        raise LauncherError(f"Valkey did not start: {last_line(child.spec.log)} (see {child.spec.log})")

    def start_postgres(self, *, durable: bool, pause: Callable[[float], None] = time.sleep) -> None:
        """Start PostgreSQL, making the cluster if the folder has none."""
        password = self.data.secrets()["postgres_password"]
        log = self.data.log("postgres")
        self._cluster = cluster = open_cluster(self.data.path, password, log, pause)
        sockets = self._temporary_folder(cluster.account)
        child = Child(cluster.spec(sockets=sockets, log=log, durable=durable), self._guard)
        child.start()
        self.children.append(child)
        if not _wait(child, cluster.is_ready, pause):
            raise LauncherError(
                f"PostgreSQL did not start on {cluster.pgdata}: {_complaint(log)} (see {log}); "
                f"restore the folder from a backup, or {ANOTHER_FOLDER}"
            )
        query = urlencode({"host": str(sockets)}, safe="/")
        self.database_url = f"postgresql://{DATABASE}:{quote(password, safe='')}@/{DATABASE}?{query}"

    def cluster_id(self) -> str:
        """Which cluster of ours runs; empty when the database is somebody else's."""
        return self._cluster.identifier() if self._cluster else ""

    def kill_valkey(self) -> None:
        """End Valkey at once, as a crash would (for tests)."""
        self._child("valkey").kill()

    def kill_postgres(self) -> None:
        """End PostgreSQL at once, as a crash would (for tests)."""
        self._child("postgres").kill()

    def restart_valkey(self) -> None:
        """Start a killed Valkey again, empty, at the same address."""
        assert self._broker is not None
        child = self._child("valkey")
        child.start()
        _insist(child, self._broker.is_ready)

    def restart_postgres(self) -> None:
        """Start a killed PostgreSQL again at the same address; it repairs itself from its log."""
        assert self._cluster is not None
        (self._cluster.pgdata / "postmaster.pid").unlink(missing_ok=True)
        child = self._child("postgres")
        child.start()
        _insist(child, self._cluster.is_ready)

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop what was started, the last first."""
        for child in reversed(self.children):
            child.stop(hurry)
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        if self._throw_away:
            throw_away(self.data.path)
        if self._own_guard:
            self._guard.close()

    def _temporary_folder(self, account: Account | None) -> Path:
        """A private folder for this run, short enough for sockets and within reach of that account."""
        base = Path(tempfile.gettempdir())
        if len(str(base)) > LONGEST_TEMP or (account and not can_enter(base, account)):
            base = Path("/tmp")  # noqa: S108 - mkdtemp makes a folder nobody else can enter
        folder = Path(tempfile.mkdtemp(prefix="cc-", dir=base))
        self._folders.append(folder)
        self._guard.remove_at_end(folder)
        if account:
            os.chown(folder, account.uid, account.gid)
        return folder

    def _child(self, name: str) -> Child:
        return next(child for child in self.children if child.spec.name == name)

    @classmethod
    def with_own_guard(cls, data: DataFolder, *, throw_away: bool) -> "Engines":
        """For callers without a supervisor."""
        engines = cls(data, Guard(), throw_away=throw_away)
        engines._own_guard = True
        return engines


def start_engines(data_dir: Path | str, *, durable: bool = True) -> Engines:
    """Start both engines on a folder; call it from the main thread, and `stop()` in the end.

    Not durable is for data that is thrown away: nothing waits for the disk, and what had to be put outside the folder
    (see `cluster`) goes with `stop()`.
    """
    data = DataFolder(Path(data_dir).resolve())
    data.prepare()
    engines = Engines.with_own_guard(data, throw_away=not durable)
    try:
        engines.start_valkey()
        engines.start_postgres(durable=durable)
    except BaseException:
        engines.stop()
        raise
    return engines


def _wait(child: Child, is_ready: Callable[[], bool], pause: Callable[[float], None]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if not child.running() or time.monotonic() > deadline:
            return False
        pause(0.02)
    return True


def _insist(child: Child, is_ready: Callable[[], bool]) -> None:
    """After a crash the kernel may still be ending the old one's children, and the first attempts fail."""
    deadline = time.monotonic() + START_SECONDS
    while not _wait(child, is_ready, time.sleep):
        if time.monotonic() > deadline:
            raise LauncherError(
                f"{child.spec.name} does not start again: {last_line(child.spec.log)} (see {child.spec.log})"
            )
        child.kill()
        child.start()


def _complaint(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return fatal[-1].split("] ", 1)[-1].strip() if fatal else last_line(log)
