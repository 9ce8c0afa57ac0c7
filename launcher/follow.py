"""`-v`: shows here what the processes write to their logs.

The logs are read, not piped through us: a child must not block or break because its launcher is slow or gone.
"""

from pathlib import Path

from launcher.output import note


class LogFollower:
    """Prints what was added to the logs of a folder since the last look."""

    def __init__(self, folder: Path, enabled: bool) -> None:
        self._folder = folder
        self._enabled = enabled
        self._read: dict[Path, int] = {}

    def look(self) -> None:
        """Print complete new lines, each with the name of its process."""
        if not self._enabled:
            return
        for path in sorted(self._folder.glob("*.log")):
            with open(path, "rb") as file:
                file.seek(self._read.get(path, 0))
                added = file.read()
            complete = added[: added.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(complete)
            for line in complete.decode(errors="replace").splitlines():
                note(f"{path.stem}: {line}")
