"""The data folder: who may enter it, its secrets, its logs, and the file that tells others what runs on it.

secrets.json   passwords of the engines and the secret key, made at the first start, 0600
run.lock       held by the launcher that uses the folder; the kernel lets go of it however that one dies
runtime.json   while it runs: process ids and the environment of the children, 0600
logs/          one file per process, the start before kept as `.1`
prepared.json  what the database was last brought up to date with (see `stamp`)
pgdata/        PostgreSQL's (see `cluster`); everything else is the project's
"""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

from launcher.output import ANOTHER_FOLDER, LauncherError, plain_reason


class DataFolder:
    """One folder of data; at most one launcher uses it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make the folder and its logs. Raises LauncherError if we cannot work in it."""
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
            if not any(self.path.iterdir()):
                # PostgreSQL does not run as root: its user has to pass through to its own folder, and no more.
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            probe = self.path / f".write-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise LauncherError(
                f"cannot use the data folder {self.path} ({plain_reason(error)}): "
                "make it yours, or choose another with --data DIR"
            ) from error

    @property
    def logs(self) -> Path:
        """Where every process writes its log."""
        return self.path / "logs"

    def log(self, name: str) -> Path:
        """A fresh log for this start; the one before is kept once."""
        path = self.logs / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        path.touch(mode=0o600)
        return path

    def secrets(self) -> dict[str, str]:
        """The passwords and the secret key, made when the folder is new."""
        path = self.path / "secrets.json"
        if path.exists():
            stored = self._read(path)
            if stored and all(isinstance(stored.get(name), str) for name in SECRET_NAMES):
                return stored
            raise LauncherError(f"{path} is damaged: restore it from a backup, or {ANOTHER_FOLDER}")
        if (self.path / "pgdata").exists() or (self.path / "home").exists():
            raise LauncherError(
                f"{path} is missing beside an existing database: restore it from a backup (it holds the key of what is "
                f"stored encrypted), or {ANOTHER_FOLDER}"
            )
        made = {name: secrets.token_urlsafe(48) for name in SECRET_NAMES}
        write_private(path, json.dumps(made, indent=1))
        return made

    def lock(self) -> bool:
        """Become the one launcher of this folder; False if there is another."""
        handle = os.open(self.path / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._lock = handle
        self.runtime_file.unlink(missing_ok=True)  # of one that was killed
        return True

    def unlock(self) -> None:
        """Let others use the folder; what we said about ourselves goes first."""
        self.runtime_file.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def runtime_file(self) -> Path:
        """What a running launcher says about itself."""
        return self.path / "runtime.json"

    def write_runtime(self, runtime: dict[str, Any]) -> None:
        """Tell other commands of this folder what runs; see `serve` for the keys."""
        write_private(self.runtime_file, json.dumps(runtime, indent=1))

    def read_runtime(self) -> dict[str, Any] | None:
        """What the launcher holding the folder says about itself, if it has got that far."""
        runtime = self._read(self.runtime_file)
        return runtime if runtime and _is_alive(int(runtime["pid"])) else None

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            value = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LauncherError(f"cannot read {path} ({plain_reason(error)}): use the account it belongs to") from error
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


SECRET_NAMES = ("postgres_password", "valkey_password", "secret_key")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only from the first byte."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
