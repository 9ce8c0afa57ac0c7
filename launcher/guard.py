"""Ends what a killed launcher leaves behind. Run as a script by `process.Guard`, never imported.

Standard input is a pipe whose other end only the launcher holds: when it closes, the launcher is gone, however it
died. Then every process group still listed is sent its signal, and folders for the moment are removed. The kernel's
parent-death signal reaches only direct children; this reaches theirs too (Celery's pool), and works where the kernel
has no such signal.
"""

import os
import shutil
import signal
import sys
import time

PATIENCE_SECONDS = 15.0


def follow_launcher() -> None:
    """Read `add GROUP SIGNAL`, `drop GROUP` and `folder PATH` lines until the launcher is gone, then clear up."""
    groups: dict[int, int] = {}
    folders: list[str] = []
    for line in sys.stdin:
        word, rest = line.rstrip("\n").split(" ", 1)
        if word == "add":
            group, number = rest.split()
            groups[int(group)] = int(number)
        elif word == "drop":
            groups.pop(int(rest), None)
        else:
            folders.append(rest)
    remaining = {group for group, number in groups.items() if signal_group(group, number)}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while remaining and time.monotonic() < deadline:
        time.sleep(0.05)
        remaining = {group for group in remaining if signal_group(group, 0)}
    for group in remaining:
        signal_group(group, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def signal_group(group: int, number: int) -> bool:
    """False if the group has ended."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says the second of a group of zombies
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    follow_launcher()
