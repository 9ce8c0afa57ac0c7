"""`-v`: shows here what the processes write to their logs.

The logs are read, not piped through us: a child must not block or break because its launcher is slow or gone.
"""

import os
from pathlib import Path

from launcher.output import note


class LogFollower:
    """Prints what is added to the logs of a folder from now on."""

    def __init__(self, folder: Path, enabled: bool) -> None:
        self._folder = folder
        self._enabled = enabled
        # By file and not by name: a start puts a new file in place of the old.
        self._read = {_identity(path): path.stat().st_size for path in folder.glob("*.log")}

    def look(self) -> None:
        """Print complete new lines, each with the name of its process."""
        if not self._enabled:
            return
        for path in sorted(self._folder.glob("*.log")):
            identity = _identity(path)
            with open(path, "rb") as file:
                file.seek(self._read.get(identity, 0))
                added = file.read()
            complete = added[: added.rfind(b"\n") + 1]
            self._read[identity] = self._read.get(identity, 0) + len(complete)
            for line in complete.decode(errors="replace").splitlines():
                note(f"{path.stem}: {line}")


def _identity(path: Path) -> int:
    return os.stat(path).st_ino
