"""Whether this code has brought this database up to date before: then a start need not do it again.

Loading the project to find that nothing is to be done takes longer than starting PostgreSQL. The stamp names the
cluster, the code and the settings it was made with; where any of them is another, it holds no more. What it cannot
know, a database put back by hand, `/healthz` notices (see `readiness`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from launcher.datafolder import DataFolder, write_private
from launcher.install import RUNTIME_LOCK
from launcher.process import ROOT

SOURCES = ("contactcenter", "routing", "channels_app", "selfservice", "launcher")
# Another port is no other installation.
OF_ONE_START = frozenset(("CC_PUBLIC_URL",))


class Stamp:
    """The stamp of one data folder. Without a cluster of our own there is none: we do not know who else works on it."""

    def __init__(self, data: DataFolder, cluster_id: str, environment: Mapping[str, str]) -> None:
        self._path = data.path / "prepared.json"
        self._content = {"cluster": cluster_id, "of": _fingerprint(environment)} if cluster_id else {}

    def holds(self) -> bool:
        """True if nothing has changed since it was set."""
        try:
            return bool(self._content) and json.loads(self._path.read_text()) == self._content
        except (OSError, ValueError):
            return False

    def set(self) -> None:
        """The database is up to date now."""
        if self._content:
            write_private(self._path, json.dumps(self._content))

    @staticmethod
    def forget(data: DataFolder) -> None:
        """Somebody may change the database in a way that we do not follow."""
        (data.path / "prepared.json").unlink(missing_ok=True)


def _fingerprint(environment: Mapping[str, str]) -> str:
    """Of all that decides what the preparation would do: code, packages, settings."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for name, value in sorted(environment.items()):
        if name.startswith("CC_") and name not in OF_ONE_START:
            digest.update(f"{name}={value}\0".encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    yield RUNTIME_LOCK
    for source in SOURCES:
        yield from sorted((ROOT / source).rglob("*.py"))
