"""CPU seconds of processes and of the machine, from /proc. Elsewhere than on Linux nothing is known, and said so."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
LOOK_SECONDS = 0.5
# Columns of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. Stolen time is time we did not have.
_BUSY = (0, 1, 2, 5, 6, 7)


def is_known() -> bool:
    """Whether this system tells who used its processors."""
    return (PROC / "stat").exists()


def machine_seconds() -> float:
    """CPU seconds that the machine has spent since it was started, whoever used them."""
    columns = [int(word) for word in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(columns[index] for index in _BUSY) / TICKS


@dataclass(frozen=True, slots=True)
class _Usage:
    parent: int
    own: float
    seconds: float  # with those of children that have ended


def _usages() -> dict[int, _Usage]:
    usages = {}
    for entry in os.listdir(PROC):
        if not entry.isdigit():
            continue
        try:
            columns = (PROC / entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        own, ended = (sum(map(int, columns[at : at + 2])) / TICKS for at in (11, 13))
        usages[int(entry)] = _Usage(int(columns[1]), own, own + ended)
    return usages


def tree_seconds(roots: Iterable[int]) -> float:
    """CPU seconds of these processes with all their descendants, those that have ended included."""
    usages = _usages()
    return sum(usages[pid].seconds for pid in _tree(usages, roots))


def _tree(usages: dict[int, _Usage], roots: Iterable[int]) -> set[int]:
    """These processes, as far as they live, with all their descendants."""
    children: dict[int, list[int]] = {}
    for pid, usage in usages.items():
        children.setdefault(usage.parent, []).append(pid)
    waiting, found = list(roots), set[int]()
    while waiting:
        pid = waiting.pop()
        if pid in usages and pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def process_seconds(pid: int) -> float:
    """CPU seconds of one process, to the nanosecond where the kernel tells it so."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, PermissionError):
        return _usages()[pid].seconds if is_known() else 0.0


class ForeignCpu:
    """How much of the machine others used while it was watched: share 0..1 of all cores, None where nobody knows.

    Looks again and again: what a browser's processes used is lost with them when they end without a parent.
    """

    def __init__(self, roots: Iterable[int]) -> None:
        self._roots = tuple(roots)
        self._ended = threading.Event()
        self._begun = (time.monotonic(), machine_seconds()) if is_known() else (0.0, 0.0)
        # Process -> its own seconds when it was first and last seen.
        self._seen: dict[int, tuple[float, float]] = {}
        self._look()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        if not is_known():
            return
        usages = _usages()
        is_first = not self._seen
        for pid in _tree(usages, self._roots):
            now = usages[pid].own
            first = self._seen[pid][0] if pid in self._seen else (now if is_first else 0.0)
            self._seen[pid] = (first, now)

    def stop(self) -> float | None:
        """The share since the beginning; it is watched no longer."""
        self._ended.set()
        self._watcher.join()
        self._look()
        if not is_known():
            return None
        wall, machine = time.monotonic() - self._begun[0], machine_seconds() - self._begun[1]
        own = sum(last - first for first, last in self._seen.values())
        return min(max((machine - own) / (wall * CORES), 0.0), 1.0) if wall > 0 else 0.0
